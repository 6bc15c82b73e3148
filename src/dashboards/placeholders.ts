// A file of its own: the backend imports it, the builders of the templates are only for development.

/** Placeholder of the uid of the Prometheus data source. */
export const DATASOURCE = '__datasource__'

/** Placeholder of the MAC in the template of a device. */
export const MAC = '__mac__'
