/** Stands in a template for the uid of the Prometheus data source. */
export const DATASOURCE = '__datasource__'

/** Stands in the template of a device for its MAC. */
export const MAC = '__mac__'
