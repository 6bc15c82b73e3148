import createError from '@fastify/error'

// External services: discovery, Prometheus and Grafana. Those of Grafana appear in /readyz and the log only
export const DiscoveryFailedError = createError<[string, ErrorOptions?]>(
  'DISCOVERY_FAILED',
  'The discovery service failed: %s',
  502
)

export const DiscoveryTimeoutError = createError<[number, ErrorOptions?]>(
  'DISCOVERY_TIMEOUT',
  'The discovery service did not answer within %d ms',
  504
)

export const PrometheusFailedError = createError<[string, ErrorOptions?]>(
  'PROMETHEUS_FAILED',
  'Prometheus could not tell the history: %s',
  502
)

export const PrometheusTimeoutError = createError<[number, ErrorOptions?]>(
  'PROMETHEUS_TIMEOUT',
  'Prometheus did not answer within %d ms',
  504
)

export const GrafanaUnreachableError = createError<[string, string, ErrorOptions?]>(
  'GRAFANA_UNREACHABLE',
  'Grafana at %s cannot be reached (%s)',
  504
)

export const GrafanaTimeoutError = createError<[string, number, ErrorOptions?]>(
  'GRAFANA_TIMEOUT',
  'Grafana at %s did not answer within %d ms',
  504
)

export const GrafanaFailedError = createError<[string, string, ErrorOptions?]>(
  'GRAFANA_FAILED',
  'Grafana could not %s: %s',
  502
)

export const GrafanaRefusedError = createError<[string, string]>('GRAFANA_REFUSED', 'Grafana refused to %s: %s', 502)
