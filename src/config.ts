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
  { default: 'info', description: 'Least severe log line that is written' }
)

/** Every setting: the one truth for its name, type, default and limits. `docs/DEVELOPMENT.md` shows it as a table. */
export const ConfigSchema = Type.Object({
  PORT: integer(3000, 0, 65535, 'HTTP port; 0 takes a free one'),
  HOST: text('127.0.0.1', 'Address to bind; 0.0.0.0 opens the service to the network'),
  DATA_DIR: text('./data', 'Directory of the database'),
  LOG_LEVEL: LogLevelSchema,
  AUTO_LISTEN: flag(true, 'Monitor every imprinted device from the start, and each new one as it is imprinted'),
  POLL_INTERVAL_MS: integer(5000, 1000, 3_600_000, 'Time between the starts of two polls of a device'),
  POLL_TIMEOUT_MS: integer(4000, 100, 60_000, 'Longest time that one poll may take, from connecting to the last byte'),
  POLL_CONCURRENCY: integer(512, 1, 10_000, 'Polls in flight at once'),
  RECOVERY_CONCURRENCY: integer(256, 1, 10_000, 'Polls in flight at once to devices that missed their last one'),
  TELEMETRY_FLUSH_MS: integer(60_000, 100, 3_600_000, 'Time between two writes of the last readings to disk'),
  DEVICE_NETWORKS: list(
    'networks',
    '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
    'Networks in which miners may be spoken to: comma-separated CIDRs'
  ),
  DISCOVERY_NETWORKS: list(
    'targets',
    '',
    "What discovery looks through: comma-separated CIDR, CIDR:port or host:port. Empty: the machine's own private subnets"
  ),
  DISCOVERY_TIMEOUT_MS: integer(1500, 100, 60_000, 'Longest time that one probe may take'),
  DISCOVERY_CONCURRENCY: integer(128, 1, 1024, 'Probes in flight at once'),
  DISCOVERY_MDNS: flag(true, 'Listen for miners that announce themselves by mDNS'),
  DISCOVERY_SERVICE_HOST: url('Base URL of an external discovery service. Unset: the embedded discovery'),
  DISCOVERY_SERVICE_TIMEOUT_MS: integer(60_000, 100, 600_000, 'Longest time to wait for the discovery service'),
  ARP_TABLE_FILE: text('/proc/net/arp', "The kernel's table of IP and MAC addresses"),
  LIVE_UPDATES: flag(false, 'Follow the live stream of firmware from v2.14 on instead of polling it'),
  LOG_BUFFER_LINES: integer(1000, 10, 100_000, 'Last lines of its log that are kept in memory for each device'),
  RESTART_GRACE_MS: integer(60_000, 1000, 600_000, 'Longest silence of a restarting miner that is no failure'),
  SECRETS_KEY: Type.Optional(
    Type.String({
      format: 'secrets-key',
      description: 'Key that stored passwords are sealed with. Unset: a file in DATA_DIR'
    })
  ),
  NEW_SECRETS_KEY: Type.Optional(
    Type.String({ format: 'secrets-key', description: 'Key that `npm run rotate-key` seals them with from then on' })
  ),
  API_TOKEN: Type.Optional(
    Type.String({
      format: 'tokens',
      description: 'Tokens that may do everything: comma-separated, each plain or name=token'
    })
  ),
  READ_TOKEN: Type.Optional(
    Type.String({ format: 'tokens', description: 'Tokens that may read: comma-separated, each plain or name=token' })
  ),
  METRICS_OPEN: flag(true, 'Answer /metrics without a token'),
  LEGACY_METRICS: flag(false, 'Serve the metrics of older dashboards as well: a family for each host name'),
  CORS_ORIGINS: list('origins', '', 'Web pages that may use the service: comma-separated origins'),
  ALLOWED_HOSTS: list(
    'hosts',
    '',
    'Names that the service may be called by, beside its addresses, localhost and *.local: comma-separated'
  ),
  TRUST_PROXY: flag(false, 'Believe the last entry of X-Forwarded-* headers: that of the one proxy in front'),
  TLS_CERT: Type.Optional(
    Type.String({ minLength: 1, description: 'File with the TLS certificate chain; with TLS_KEY' })
  ),
  TLS_KEY: Type.Optional(Type.String({ minLength: 1, description: 'File with the private key of TLS_CERT' })),
  RATE_LIMIT_READS: integer(6000, 1, 1_000_000, 'Reading requests that one address may make in a minute'),
  RATE_LIMIT_WRITES: integer(1500, 1, 1_000_000, 'Changing requests that one address may make in a minute'),
  RATE_LIMIT_DENIED: integer(20, 1, 1_000_000, 'Requests with a wrong token that one address may make in a minute'),
  AUDIT_ENTRIES: integer(10_000, 10, 100_000, 'Newest changing requests that the audit trail keeps'),
  BODY_LIMIT_BYTES: integer(1_048_576, 1024, 104_857_600, 'Largest body of a request'),
  HEADER_LIMIT_BYTES: integer(16_384, 1024, 1_048_576, 'Largest first line and headers of a request, together'),
  HEADERS_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Longest time in which the headers of a request have to arrive'),
  REQUEST_TIMEOUT_MS: integer(
    30_000,
    100,
    600_000,
    'Longest time in which a request has to arrive whole, however long its answer takes'
  ),
  UNREAD_TIMEOUT_MS: integer(30_000, 100, 600_000, 'Longest time that a client may leave its answer unread'),
  MAX_CONNECTIONS: integer(2000, 1, 100_000, 'Connections of clients at once; more are closed at once'),
  MAX_CONNECTIONS_PER_ADDRESS: integer(
    500,
    1,
    100_000,
    'Connections of clients at once from one address; not counted with TRUST_PROXY, where all come from the proxy'
  ),
  MAX_REQUESTS: integer(1000, 1, 100_000, 'Requests in flight at once; more are answered 503'),
  MAX_REQUESTS_PER_ADDRESS: integer(
    250,
    1,
    100_000,
    'Requests in flight at once from one address (an IPv6 address counts as its /64); more are answered 503'
  ),
  MAX_UNSENT_BYTES: integer(
    134_217_728,
    1_048_576,
    4_294_967_296,
    'Bytes of answers that clients have not read yet; further answers are 503. One address may hold half of it'
  ),
  MAX_LIVE_CLIENTS: integer(500, 1, 100_000, 'Socket.IO clients at once'),
  MAX_LOG_VIEWERS: integer(200, 1, 100_000, 'Open log streams (WebSockets) at once'),
  OVERLOAD_DELAY_MS: integer(
    1000,
    0,
    60_000,
    'Mean delay of the event loop over five seconds from which on requests are answered 503; 0 for never'
  ),
  OVERLOAD_HEAP_PERCENT: integer(
    90,
    0,
    100,
    "Part of Node.js's largest heap, in percent, from which on requests are answered 503; 0 for never"
  ),
  PROMETHEUS_HOST: url(
    'Base URL of a Prometheus that scrapes this service: the history comes from it. Unset: from the embedded store'
  ),
  PROMETHEUS_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Longest time that one request to Prometheus may take'),
  GF_HOST: url('Base URL of Grafana. Unset: the Grafana integration is off'),
  GF_SUB_PATH: Type.String({
    default: '/grafana',
    format: 'sub-path',
    description: 'Path below GF_HOST that Grafana is served at; `/` for none'
  }),
  GF_TOKEN: Type.Optional(
    Type.String({
      format: 'token',
      description: 'Service-account token for Grafana. Unset: the user admin by the header X-WEBAUTH-USER'
    })
  ),
  GF_PUBLIC: Type.Optional(
    Type.Boolean({ description: 'Publish the dashboards. Unset: published unless GF_TOKEN is set' })
  ),
  GF_DATASOURCE_UID: text('prometheus', 'Uid of the Prometheus data source in Grafana'),
  GF_TIMEOUT_MS: integer(10_000, 100, 600_000, 'Longest time that one request to Grafana may take'),
  GF_DASHBOARDS_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Directory that dashboards are written to for a Grafana that loads files. GF_HOST is then not used'
    })
  ),
  DELETE_DATA_ON_DEVICE_REMOVE: flag(
    false,
    'When a device is removed, delete its Grafana dashboard and its metrics too'
  )
})
export type Config = Static<typeof ConfigSchema>

/**
 * Reads the settings from environment variables. An empty variable counts as unset.
 * @throws {ConfigError} naming each wrong variable, its value and what is allowed
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries<TSchema>(ConfigSchema.properties)) {
    if (env[name]) given[name] = read(env[name], schema)
  }
  const config = Value.Default(ConfigSchema, given)
  if (Value.Check(ConfigSchema, config)) return config
  const errors = [...Value.Errors(ConfigSchema, config)]
  throw new ConfigError([...new Map(errors.map((error) => [error.path, explain(error, env)])).values()].join('\n'))
}

/** Reads a text as the type that it stands for. What does not fit stays a text, which the schema then refuses. */
function read(value: string, schema: TSchema): unknown {
  if (schema.type === 'integer' && /^-?\d+$/.test(value)) return Number(value)
  if (schema.type === 'boolean' && /^(true|1)$/i.test(value)) return true
  if (schema.type === 'boolean' && /^(false|0)$/i.test(value)) return false
  return value
}

const SECRET_FORMATS = new Set(['secrets-key', 'tokens', 'token'])

function explain(error: ValueError, env: Record<string, string | undefined>): string {
  const name = error.path.slice(1)
  const value = SECRET_FORMATS.has(String(error.schema.format)) ? '(hidden)' : `"${env[name] ?? ''}"`
  return `${name}=${value} is not allowed: use ${allowed(error.schema, error.type)}`
}

function allowed(schema: TSchema, type: ValueErrorType): string {
  if (type === ValueErrorType.StringFormat || schema.format)
    return formats[String(schema.format)] ?? String(schema.format)
  if (schema.anyOf) return schema.anyOf.map((option: { const: string }) => option.const).join(', ')
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return 'true or false'
  return 'a text that is not empty'
}

const formats: Record<string, string> = {
  'http-url': 'a URL that begins with http:// or https://',
  'secrets-key': '32 bytes in hexadecimal or base64, as `openssl rand -hex 32` makes them',
  tokens: 'a comma-separated list of tokens of at least 16 characters, each plain or name=token',
  origins: 'a comma-separated list of origins like http://192.168.1.5:8080',
  hosts: 'a comma-separated list of host names without port',
  token: 'printable ASCII characters without blanks',
  'sub-path': 'a path like /grafana, or / for none',
  networks: 'a comma-separated list of IPv4 networks like 192.168.1.0/24',
  targets: 'a comma-separated list of 192.168.1.0/24, 192.168.1.0/24:80 or miner.local:80 (networks of at most /16)'
}
