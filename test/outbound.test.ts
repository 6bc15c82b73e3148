import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import t, { type Test } from 'tap'
import { openStore } from '../plugins/db/store.ts'
import { openMinerStream } from '../plugins/axeos/streams/miner-stream.ts'
import { build, simulate, until } from './helper.ts'
import { view } from './plugins/logs/helper.ts'
import { Backend } from './support/process.ts'

// These tests mostly wait.
t.jobs = 4

const MAC = 'bc:dd:c2:00:00:01'
const NOW = '2026-09-23T12:16:23.000Z'

/** Starts a server to which no connection is allowed, and counts connections. */
async function startTrap(t: Test, host: string, server: Server = createServer()) {
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket)).listen(0, host)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { text: `${host}:${port}`, host, port, visits: () => sockets.length }
}

t.test('P31 no route and no record leads to an address outside DEVICE_NETWORKS', async (t) => {
  const outside = await startTrap(t, '127.99.0.1')
  const DATA_DIR = t.testdir()
  const store = await openStore(DATA_DIR)
  const dates = { createdAt: NOW, updatedAt: NOW, ipSetAt: NOW }
  const info = { ASICModel: 'BM1370', macAddr: MAC, version: 'v2.15.0', hostip: outside.host }
  await store.commit(() => [
    store.imprinted.put(MAC, { mac: MAC, ip: outside.text, type: 'BM1370', presetUuid: null, ...dates }),
    store.discovered.put(MAC, {
      mac: MAC,
      ip: outside.text,
      type: 'BM1370',
      info,
      source: 'sweep',
      firstSeen: NOW,
      lastSeen: NOW
    })
  ])
  const at = '2026-09-23T12:16:24.000Z'
  await store.writeTelemetry(new Map([[MAC, { ip: outside.text, at, info, options: null }]]))
  await store.close()

  const app = await build(t, {
    DATA_DIR,
    DEVICE_NETWORKS: '127.98.0.0/16',
    DISCOVERY_NETWORKS: outside.text,
    LIVE_UPDATES: true
  })
  const release = app.logs.keepOpen(MAC)
  t.teardown(release)
  await app.ready()
  await until('its poll was refused', () => /DEVICE_NETWORKS/.test(app.devices.get(MAC)?.error ?? ''))
  const requests = [
    ['GET', `/devices/discover?ip=${outside.text}`],
    ['GET', `/devices/discover?ip=${outside.text}&mac=${MAC}`],
    ['GET', `/devices/discover?mac=${MAC}`],
    ['GET', '/devices/discover'],
    ['PATCH', `/devices/imprint/${MAC}`, { device: { ip: outside.text } }],
    ['PATCH', `/devices/${MAC}/system`, { info: { hostname: 'x' } }],
    ['POST', `/devices/${MAC}/system/restart`],
    ['POST', '/devices/bulk', { macs: [MAC], action: 'restart', dryRun: true }],
    ['PUT', '/devices/listen', { macs: [MAC], traceLogs: true }]
  ] as const
  for (const [method, url, payload] of requests) {
    const answer = await app.inject({ method, url, ...(payload && { payload }) })
    t.ok([200, 400].includes(answer.statusCode), `${method} ${url} ${answer.statusCode} ${answer.body}`)
  }
  const bulk = { method: 'POST', url: '/devices/bulk', payload: { filter: {}, action: 'restart' } } as const
  const { id } = (await app.inject(bulk)).json().data
  const operation = await until('the operation has ended', async () => {
    const { data } = (await app.inject(`/operations/${id}`)).json()
    return data.finishedAt ? data : null
  })
  t.match(operation.devices, [{ status: 'failed', code: 'PLUTO_ADDRESS_NOT_ALLOWED' }])
  const unused = { frame: () => undefined, ended: () => undefined }
  const limits = { maxFrameBytes: 1, handshakeMs: 100, pingMs: 100, silenceMs: 100 }
  t.throws(() => app.axeos.openStream(outside, '/api/ws', limits, unused), { code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
  t.equal(outside.visits(), 0)
})

t.test('P31 a proxy in the environment is not used for miners', async (t) => {
  const proxy = await startTrap(t, '127.0.0.1')
  const fleet = await simulate(t, { profiles: ['v2.15.3'], logLinesPerSecond: 20 })
  const [miner] = fleet.miners
  const through = `http://${proxy.text}`
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
  const backend = new Backend(t, {
    ...Object.fromEntries(names.map((name) => [name, through])),
    NODE_USE_ENV_PROXY: '1',
    NO_PROXY: '',
    DATA_DIR: t.testdir(),
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: miner?.address ?? '',
    POLL_INTERVAL_MS: '1000',
    LIVE_UPDATES: 'true'
  })
  const url = await backend.url()
  const ask = (path: string, method: string, body?: object) =>
    fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) })
    })
  await ask('/devices/discover', 'GET')
  t.equal((await ask('/devices/imprint', 'PUT', { macs: [miner?.mac] })).status, 200)
  const { of } = view(t, url)
  await until('its log lines arrive', () => of('log').length > 0)
  t.equal((await ask(`/devices/${miner?.mac}/system/restart`, 'POST')).status, 200)
  t.equal(proxy.visits(), 0)
})

t.test('P31 a redirect of the stream of a miner is not followed', async (t) => {
  const elsewhere = await startTrap(t, '127.0.0.1')
  const http = createHttpServer()
  http.on('upgrade', (_, socket) => {
    socket.end(`HTTP/1.1 302 Found\r\nlocation: ws://${elsewhere.text}/api/ws\r\ncontent-length: 0\r\n\r\n`)
  })
  const miner = await startTrap(t, '127.0.0.1', http)
  const limits = { maxFrameBytes: 1000, handshakeMs: 5000, pingMs: 5000, silenceMs: 5000 }
  const reason = await new Promise((ended) =>
    openMinerStream(miner, '/api/ws', limits, { frame: () => undefined, ended })
  )
  t.equal(reason, 'refused with status 302')
  t.equal(elsewhere.visits(), 0)
})
