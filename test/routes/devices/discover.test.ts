import t from 'tap'
import { build } from '../../helper.ts'
import { mac, minerAt, serverAt, serviceAt } from '../../plugins/discovery/helper.ts'

t.test('GET /devices/discover answers the miner at an address as a bare list', async (t) => {
  const miner = await minerAt(t, '127.83.0.1', { macAddr: 'BC:DD:C2:00:00:01', newField: { kept: [1] } })
  const app = await build(t)
  const response = await app.inject(`/devices/discover?ip=${miner.address}&mac=`)
  t.equal(response.statusCode, 200)
  t.match(response.json(), {
    length: 1,
    0: { mac: mac(1), ip: miner.address, type: 'Gamma', info: { hostname: 'bitaxe_69F9', newField: { kept: [1] } } }
  })
})

t.test('GET /devices/discover without parameters, or with empty ones, searches everywhere', async (t) => {
  const miner = await minerAt(t, '127.83.1.1', { macAddr: mac(1) })
  const app = await build(t, { DISCOVERY_NETWORKS: miner.address })
  for (const url of ['/devices/discover', '/devices/discover?ip=&mac=']) {
    t.match((await app.inject(url)).json(), { length: 1, 0: { mac: mac(1) } }, url)
  }
})

t.test('GET /devices/discover answers an empty list where no miner is', async (t) => {
  const app = await build(t)
  const response = await app.inject('/devices/discover?ip=127.83.2.1:9')
  t.match(response, { statusCode: 200, body: '[]' })
})

t.test('P31 GET /devices/discover refuses what is not the address of a miner, and names the field', async (t) => {
  const app = await build(t)
  for (const ip of ['evil.example/x?', 'http://127.0.0.1', '::1', '169.254.169.254', '8.8.8.8:80', '127.0.0.1:0']) {
    const response = await app.inject({ url: '/devices/discover', query: { ip } })
    t.match(response.json(), { statusCode: 400, error: 'Bad Request', message: /\bip\b/ }, ip)
  }
})

t.test('P05 GET /devices/discover refuses what is not a MAC, and names the field', async (t) => {
  const app = await build(t)
  for (const query of ['mac=ee:0', 'mac=unknown', `mac=${mac(1)}&mac=${mac(2)}`]) {
    const response = await app.inject(`/devices/discover?${query}`)
    t.match(response.json(), { statusCode: 400, message: /\bmac\b/ }, query)
  }
})

t.test('P04 GET /devices/discover says what to do when nothing identifies the miner', async (t) => {
  const miner = await minerAt(t, '127.83.3.1', { macAddr: undefined })
  const app = await build(t)
  const response = await app.inject(`/devices/discover?ip=${miner.address}`)
  t.match(response.json(), { statusCode: 422, code: 'PLUTO_IDENTITY_UNKNOWN', message: /with both mac and ip/ })
  t.match((await app.inject(`/devices/discover?ip=${miner.address}&mac=${mac(1)}`)).json(), [{ mac: mac(1) }])
})

t.test('GET /devices/discover and /devices/discovered answer 502 when the discovery service fails', async (t) => {
  const service = await serviceAt(t, 'oops', 500)
  const app = await build(t, { DISCOVERY_SERVICE_HOST: `http://${service.address}` })
  for (const url of ['/devices/discover', '/devices/discovered']) {
    t.match((await app.inject(url)).json(), { statusCode: 502, error: 'Bad Gateway', message: /status 500/ }, url)
  }
})

t.test('GET /devices/discover and /devices/discovered answer 504 when the discovery service is silent', async (t) => {
  const service = await serverAt(t, '127.0.0.1', () => undefined)
  const app = await build(t, {
    DISCOVERY_SERVICE_HOST: `http://${service.address}`,
    DISCOVERY_SERVICE_TIMEOUT_MS: 200
  })
  for (const url of ['/devices/discover', '/devices/discovered']) {
    t.match((await app.inject(url)).json(), { statusCode: 504, error: 'Gateway Timeout', message: /200 ms/ }, url)
  }
})
