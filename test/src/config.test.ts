import t from 'tap'
import { ConfigSchema, loadConfig } from '../../src/config.ts'

t.test('an empty environment gives the defaults of the contract', async (t) => {
  const config = loadConfig({})
  t.match(config, { PORT: 3000, AUTO_LISTEN: true, DELETE_DATA_ON_DEVICE_REMOVE: false, HOST: '127.0.0.1' })
  t.notOk('DISCOVERY_SERVICE_HOST' in config)
  t.notOk('GF_HOST' in config)
})

t.test('values are read with their types, and an empty variable counts as unset', async (t) => {
  const config = loadConfig({ PORT: '8080', AUTO_LISTEN: 'false', HOST: '', GF_HOST: '', UNRELATED: 'x' })
  t.equal(config.PORT, 8080)
  t.equal(config.AUTO_LISTEN, false)
  t.equal(config.HOST, '127.0.0.1')
  t.notOk('UNRELATED' in config)
})

const wrong: [name: string, value: string, allowed: RegExp][] = [
  ['PORT', 'abc', /a whole number from 0 to 65535/],
  ['PORT', '70000', /a whole number from 0 to 65535/],
  ['PORT', '80.5', /a whole number from 0 to 65535/],
  ['POLL_INTERVAL_MS', '10', /a whole number from 1000 to/],
  ['AUTO_LISTEN', 'maybe', /true or false/],
  ['LOG_LEVEL', 'loud', /fatal, error, warn, info, debug, trace, silent/],
  ['GF_HOST', 'grafana:3000', /http:\/\/ or https:\/\//],
  ['DISCOVERY_SERVICE_HOST', 'ftp://x', /http:\/\/ or https:\/\//],
  ['DEVICE_NETWORKS', '10.0.0.0/33', /IPv4 networks/],
  ['DEVICE_NETWORKS', '10.0.0.0/8,lan', /IPv4 networks/],
  ['DISCOVERY_NETWORKS', '10.0.0.0/8', /at most \/16/],
  ['DISCOVERY_NETWORKS', '192.168.1.0/24:99999', /192\.168\.1\.0\/24:80/]
]
for (const [name, value, allowed] of wrong) {
  t.test(`${name}=${value} stops the start with the name, the value and what is allowed`, async (t) => {
    const error = t.throws(() => loadConfig({ [name]: value })) as Error
    t.match(error.message, `${name}="${value}" is not allowed`)
    t.match(error.message, allowed)
  })
}

for (const value of [',', ' ', 'short', '0123456789abcdef,short', 'name=short']) {
  t.test(`API_TOKEN=${JSON.stringify(value)} stops the start: it would protect nothing`, async (t) => {
    const error = t.throws(() => loadConfig({ API_TOKEN: value })) as Error
    t.match(error.message, 'API_TOKEN=(hidden) is not allowed: use a comma-separated list of tokens of at least 16')
  })
}

t.test('every wrong variable is named at once', async (t) => {
  const error = t.throws(() => loadConfig({ PORT: 'x', AUTO_LISTEN: 'y' })) as Error
  t.equal(error.message.split('\n').length, 2)
})

t.test('every setting has a description for its operator', async (t) => {
  for (const [name, schema] of Object.entries(ConfigSchema.properties)) t.type(schema.description, 'string', name)
})
