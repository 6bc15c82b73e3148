import { FormatRegistry, Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value, ValueErrorType, type ValueError } from '@sinclair/typebox/value'
import { ConfigError } from './errors/start.ts'
import { parseNetworks, splitList } from './network.ts'
import { parseTargets } from './targets.ts'
import { parseTokens } from './token-list.ts'

const succeeds = (parse: (value: string) => unknown) => (value: string) => {
  try {
    parse(value)
    return true
  } catch {
    return false
  }
}

FormatRegistry.Set('http-url', (value) => /^https?:\/\//.test(value) && URL.canParse(value))
FormatRegistry.Set('secrets-key', (value) => /^([0-9a-f]{64}|[a-z0-9+/_-]{43}=?)$/i.test(value))
FormatRegistry.Set('origins', (value) =>
  splitList(value).every((origin) => /^https?:\/\/[^/]+\/?$/.test(origin) && URL.canParse(origin))
)
FormatRegistry.Set('hosts', (value) => splitList(value).every((name) => /^[a-z0-9.-]+$/i.test(name)))
FormatRegistry.Set('token', (value) => /^[\x21-\x7e]+$/.test(value))
FormatRegistry.Set('sub-path', (value) => /^(\/[\w.~-]+)*\/?$/.test(value) && !value.includes('..'))
FormatRegistry.Set('networks', succeeds(parseNetworks))
FormatRegistry.Set('targets', succeeds(parseTargets))
FormatRegistry.Set('tokens', succeeds(parseTokens))

const integer = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description })
const flag = (fallback: boolean, description: string) => Type.Boolean({ default: fallback, description })
const text = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description })
const list = (format: string, fallback: string, description: string) =>
  Type.String({ default: fallback, format, description })
const url = (description: string) => Type.Optional(Type.String({ format: 'http-url', description }))

const LogLevelSchema = Type.Union(
  ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
  { default: 'info', description: 'Lowest level of log lines that are written' }
)

/** Every setting with its type, default and limits. `npm run settings` writes it to `docs/DEVELOPMENT.md` and `.env.example`. */
export const ConfigSchema = Type.Object({
  PORT: integer(3000, 0, 65535, 'HTTP port; 0 chooses a free one'),
  HOST: text('127.0.0.1', 'Address to listen on; 0.0.0.0 opens the service to the network'),
  DATA_DIR: text('./data', 'Directory of the store'),
  LOG_LEVEL: LogLevelSchema,
  AUTO_LISTEN: flag(true, 'Monitor all imprinted devices after a start, and each new one as soon as it is imprinted'),
  POLL_INTERVAL_MS: integer(5000, 1000, 3_600_000, 'Interval between the starts of two polls of a device'),
  POLL_TIMEOUT_MS: integer(4000, 100, 60_000, 'Timeout of a poll, from connecting to the last byte'),
  POLL_CONCURRENCY: integer(512, 1, 10_000, 'Concurrent polls'),
  RECOVERY_CONCURRENCY: integer(256, 1, 10_000, 'Concurrent polls of devices whose last poll failed'),
  TELEMETRY_FLUSH_MS: integer(60_000, 100, 3_600_000, 'Interval between two writes of the last readings to disk'),
  DEVICE_NETWORKS: list(
    'networks',
    '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
    'Networks that may contain miners: comma-separated CIDRs. No connection is opened outside them'
  ),
  DISCOVERY_NETWORKS: list(
    'targets',
    '',
    "Targets of discovery: comma-separated CIDR, CIDR:port or host:port. Empty: the machine's own private subnets"
  ),
  DISCOVERY_TIMEOUT_MS: integer(1500, 100, 60_000, 'Timeout of a probe'),
  DISCOVERY_CONCURRENCY: integer(128, 1, 1024, 'Concurrent probes'),
  DISCOVERY_MDNS: flag(true, 'Discover miners that announce themselves by mDNS'),
  DISCOVERY_SERVICE_HOST: url('Base URL of an external discovery service. Unset: the embedded discovery'),
  DISCOVERY_SERVICE_TIMEOUT_MS: integer(60_000, 100, 600_000, 'Timeout of a request to the discovery service'),
  ARP_TABLE_FILE: text('/proc/net/arp', "The kernel's ARP table, which maps IP addresses to MAC addresses"),
  LIVE_UPDATES: flag(false, 'Follow the live stream of miners with firmware v2.14 or later instead of polling them'),
  LOG_BUFFER_LINES: integer(1000, 10, 100_000, 'Log lines kept in memory per device'),
  RESTART_GRACE_MS: integer(
    60_000,
    1000,
    600_000,
    'Time for a miner to answer after a restart. After it, the restart counts as failed'
  ),
  SECRETS_KEY: Type.Optional(
    Type.String({
      format: 'secrets-key',
      description: 'Key that encrypts stored passwords. Unset: a key file in DATA_DIR'
    })
  ),
  NEW_SECRETS_KEY: Type.Optional(
    Type.String({ format: 'secrets-key', description: 'New key for `npm run rotate-key`' })
  ),
  API_TOKEN: Type.Optional(
    Type.String({
      format: 'tokens',
      description: 'Tokens with full access: comma-separated, each plain or name=token'
    })
  ),
  READ_TOKEN: Type.Optional(
    Type.String({ format: 'tokens', description: 'Tokens with read access: comma-separated, each plain or name=token' })
  ),
  METRICS_OPEN: flag(true, 'Serve /metrics without a token'),
  LEGACY_METRICS: flag(false, 'Also serve the metrics of older dashboards, with one family per host name'),
  CORS_ORIGINS: list('origins', '', 'Origins whose web pages may use the service: comma-separated'),
  ALLOWED_HOSTS: list(
    'hosts',
    '',
    'Names of the service besides localhost, its host name and, if HOST is not loopback, *.local: comma-separated'
  ),
  TRUST_PROXY: flag(
    false,
    'Trust the last entry of X-Forwarded-* headers, which the proxy in front of the service writes'
  ),
  TLS_CERT: Type.Optional(
    Type.String({ minLength: 1, description: 'File with the TLS certificate chain; requires TLS_KEY' })
  ),
  TLS_KEY: Type.Optional(Type.String({ minLength: 1, description: 'File with the private key of TLS_CERT' })),
  RATE_LIMIT_READS: integer(6000, 1, 1_000_000, 'Reading requests per minute and client address or IPv6 /64'),
  RATE_LIMIT_WRITES: integer(1500, 1, 1_000_000, 'Changing requests per minute and client address or IPv6 /64'),
  RATE_LIMIT_DENIED: integer(20, 1, 1_000_000, 'Requests with a wrong token per minute and client address or IPv6 /64'),
  AUDIT_ENTRIES: integer(10_000, 10, 100_000, 'Entries that the audit trail keeps'),
  BODY_LIMIT_BYTES: integer(1_048_576, 1024, 104_857_600, 'Maximum size of a request body'),
  HEADER_LIMIT_BYTES: integer(16_384, 1024, 1_048_576, 'Maximum size of the request line and headers together'),
  HEADERS_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Timeout for the headers of a request to arrive'),
  REQUEST_TIMEOUT_MS: integer(30_000, 100, 600_000, 'Timeout for a whole request, but not its response, to arrive'),
  UNREAD_TIMEOUT_MS: integer(
    30_000,
    100,
    600_000,
    'Time for which a client may read nothing of its response before it is disconnected'
  ),
  MAX_CONNECTIONS: integer(2000, 1, 100_000, 'Concurrent client connections; further ones are closed'),
  MAX_CONNECTIONS_PER_ADDRESS: integer(
    500,
    1,
    100_000,
    'Concurrent connections per client address; not limited with TRUST_PROXY, where all come from the proxy'
  ),
  MAX_REQUESTS: integer(1000, 1, 100_000, 'Concurrent requests; more are answered 503'),
  MAX_REQUESTS_PER_ADDRESS: integer(
    250,
    1,
    100_000,
    'Concurrent requests per client address (an IPv6 address counts as its /64); more are answered 503'
  ),
  MAX_UNSENT_BYTES: integer(
    134_217_728,
    1_048_576,
    4_294_967_296,
    'Bytes of answers that clients have not read yet; further large answers are 503. One address may hold half of it. Socket.IO clients and log viewers may hold half of it besides; beyond that, those with the most are disconnected'
  ),
  MAX_PRESETS: integer(10_000, 1, 100_000, 'Stored presets; further ones are answered 409'),
  MAX_RUNNING_OPERATIONS: integer(100, 1, 10_000, 'Operations that run or wait at once; further ones are answered 409'),
  MAX_LIVE_CLIENTS: integer(500, 1, 100_000, 'Concurrent Socket.IO clients'),
  MAX_LOG_VIEWERS: integer(200, 1, 100_000, 'Concurrent log streams (WebSockets)'),
  OVERLOAD_DELAY_MS: integer(
    1000,
    0,
    60_000,
    'Mean event-loop delay over five seconds above which requests get a 503; 0 disables this'
  ),
  OVERLOAD_HEAP_PERCENT: integer(
    90,
    0,
    100,
    "Heap usage, in percent of Node.js's heap limit, above which requests get a 503; 0 disables this"
  ),
  PROMETHEUS_HOST: url(
    'Base URL of a Prometheus that scrapes this service, to read the history from. Unset: the embedded history'
  ),
  PROMETHEUS_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Timeout of a request to Prometheus'),
  GF_HOST: url('Base URL of Grafana. Unset: the Grafana integration is off'),
  GF_SUB_PATH: Type.String({
    default: '/grafana',
    format: 'sub-path',
    description: 'Path below GF_HOST at which Grafana is served; `/` for none'
  }),
  GF_TOKEN: Type.Optional(
    Type.String({
      format: 'token',
      description: 'Service-account token for Grafana. Unset: the user admin, through the X-WEBAUTH-USER header'
    })
  ),
  GF_PUBLIC: Type.Optional(
    Type.Boolean({ description: 'Publish the dashboards. Unset: published unless GF_TOKEN is set' })
  ),
  GF_DATASOURCE_UID: text('prometheus', 'UID of the Prometheus data source in Grafana'),
  GF_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Timeout of a request to Grafana'),
  GF_DASHBOARDS_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Directory for dashboard files, for a Grafana that loads dashboards from files. GF_HOST is ignored then'
    })
  ),
  DELETE_DATA_ON_DEVICE_REMOVE: flag(
    false,
    'Also delete the Grafana dashboard and metrics of a device when it is removed'
  )
})
export type Config = Static<typeof ConfigSchema>

/**
 * Parses the settings from environment variables. An empty variable counts as unset.
 * @throws {ConfigError} naming each invalid variable, its value and the allowed values
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries<TSchema>(ConfigSchema.properties)) {
    if (env[name]) given[name] = parseValue(env[name], schema)
  }
  const config = Value.Default(ConfigSchema, given)
  if (Value.Check(ConfigSchema, config)) return config
  const errors = [...Value.Errors(ConfigSchema, config)]
  throw new ConfigError([...new Map(errors.map((error) => [error.path, messageOf(error, env)])).values()].join('\n'))
}

/** Converts a value to the type of its schema. A value that does not fit stays a string, which the schema refuses. */
function parseValue(value: string, schema: TSchema): unknown {
  if (schema.type === 'integer' && /^-?\d+$/.test(value)) return Number(value)
  if (schema.type === 'boolean' && /^(true|1)$/i.test(value)) return true
  if (schema.type === 'boolean' && /^(false|0)$/i.test(value)) return false
  return value
}

const SECRET_FORMATS = new Set(['secrets-key', 'tokens', 'token'])

function messageOf(error: ValueError, env: Record<string, string | undefined>): string {
  const name = error.path.slice(1)
  const value = SECRET_FORMATS.has(String(error.schema.format)) ? '(hidden)' : `"${env[name] ?? ''}"`
  return `${name}=${value} is not allowed: use ${allowedValues(error.schema, error.type)}`
}

function allowedValues(schema: TSchema, type: ValueErrorType): string {
  if (type === ValueErrorType.StringFormat || schema.format)
    return FORMATS[String(schema.format)] ?? String(schema.format)
  if (schema.anyOf) return schema.anyOf.map((option: { const: string }) => option.const).join(', ')
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'true or false'
  return 'a non-empty string'
}

const FORMATS: Record<string, string> = {
  'http-url': 'a URL with http:// or https://',
  'secrets-key': '32 bytes in hexadecimal or base64, such as the output of `openssl rand -hex 32`',
  tokens: 'a comma-separated list of tokens of at least 16 characters, each plain or name=token',
  origins: 'a comma-separated list of origins like http://192.168.1.5:8080',
  hosts: 'a comma-separated list of host names without ports',
  token: 'printable ASCII characters without spaces',
  'sub-path': 'a path like /grafana, or / for none',
  networks: 'a comma-separated list of IPv4 networks like 192.168.1.0/24',
  targets: 'a comma-separated list of 192.168.1.0/24, 192.168.1.0/24:80 or miner.local:80 (networks of at most /16)'
}
