import createError from '@fastify/error'

// External services: discovery, Prometheus and Grafana. Those of Grafana appear in /readyz and the log only
export const DiscoveryFailedError = createError<[string, ErrorOptions?]>(
  'DISCOVERY_FAILED',
  'The discovery service failed: %s',
  502
)

export const DiscoveryTimeoutError = createError<[number, ErrorOptions?]>(
  'DISCOVERY_TIMEOUT',
  'The discovery service did not answer within %d ms: check it, or raise DISCOVERY_SERVICE_TIMEOUT_MS',
  504
)

export const PrometheusFailedError = createError<[string, ErrorOptions?]>(
  'PROMETHEUS_FAILED',
  'The history could not be read from Prometheus: %s',
  502
)

export const PrometheusTimeoutError = createError<[number, ErrorOptions?]>(
  'PROMETHEUS_TIMEOUT',
  'Prometheus did not answer within %d ms: check it, or raise PROMETHEUS_TIMEOUT_MS',
  504
)

export const GrafanaUnreachableError = createError<[string, string, ErrorOptions?]>(
  'GRAFANA_UNREACHABLE',
  'Grafana at %s is unreachable (%s): check GF_HOST',
  504
)

export const GrafanaTimeoutError = createError<[string, number, ErrorOptions?]>(
  'GRAFANA_TIMEOUT',
  'Grafana at %s did not answer within %d ms: check it, or raise GF_TIMEOUT_MS',
  504
)

export const GrafanaFailedError = createError<[string, string, ErrorOptions?]>(
  'GRAFANA_FAILED',
  'Grafana could not %s: %s',
  502
)

export const GrafanaRefusedError = createError<[string, string]>('GRAFANA_REFUSED', 'Grafana refused to %s: %s', 502)
