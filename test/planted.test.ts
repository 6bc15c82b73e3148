import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import t from 'tap'
import { WebSocket } from 'ws'
import { startFakeGrafana } from './support/fake-grafana.ts'
import { simulate, until } from './helper.ts'
import { Backend } from './support/process.ts'

/** Each secret is given to the backend somewhere, and must not appear in any output. */
const PLANTED = {
  apiToken: 'planted-api-token',
  readToken: 'planted-read-token',
  wrongToken: 'planted-wrong-token',
  grafanaToken: 'planted-grafana-token',
  key: 'c0ffee'.repeat(10) + 'beef',
  pool: 'planted-preset-pass',
  fallback: 'planted-fallback-pass',
  url: 'planted-url-pass',
  wifi: 'planted-wifi-pass',
  minerPool: 'planted-miner-pool-pass',
  minerWifi: 'planted-miner-wifi-pass',
  totp: '731946',
  otpSession: 'planted-otp-session'
}
const POOL = { stratumURL: 'pool.example.net', stratumPort: 3333, stratumUser: 'bc1planted' }
const openapi = JSON.parse(readFileSync(new URL('../docs/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, object>
}

t.test('P19 no secret of any kind is in any answer, event, log line, metric or file', async (t) => {
  const grafana = await startFakeGrafana(t, { token: PLANTED.grafanaToken })
  const fleet = await simulate(t, {
    devices: 3,
    profiles: ['v2.15.3', 'V1.0.37.2', 'gamma-601-v2.1'],
    otpCode: '987654',
    logLinesPerSecond: 20
  })
  const spoilt = { wifiPass: PLANTED.minerWifi, stratumPassword: PLANTED.minerPool }
  for (const miner of fleet.miners) miner.override({ ...spoilt, nested: { deep: [spoilt] } })
  const DATA_DIR = t.testdir()
  const backend = new Backend(t, {
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(','),
    API_TOKEN: PLANTED.apiToken,
    READ_TOKEN: `reader=${PLANTED.readToken}`,
    SECRETS_KEY: PLANTED.key,
    GF_HOST: grafana.url,
    GF_TOKEN: PLANTED.grafanaToken,
    POLL_INTERVAL_MS: '1000',
    TELEMETRY_FLUSH_MS: '200',
    LIVE_UPDATES: 'true',
    LOG_LEVEL: 'trace',
    DATA_DIR
  })
  const url = await backend.url()
  const answers: string[] = []
  const events: string[] = []
  const frames: string[] = []

  const otp = { 'x-totp': PLANTED.totp, 'x-otp-session': PLANTED.otpSession }
  const ask = async (method: string, path: string, body?: unknown, token = PLANTED.apiToken) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...otp }
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    const text = await answer.text()
    answers.push(`${method} ${path.split('?')[0]} ${answer.status}`, JSON.stringify([...answer.headers]), text)
    return {
      status: answer.status,
      ...(text.startsWith('{') && (JSON.parse(text) as { data: { uuid: string; id: string } }))
    }
  }

  const socket = io(url, { path: '/socket/io', transports: ['websocket'], auth: { token: PLANTED.readToken } })
  t.teardown(() => void socket.disconnect())
  socket.onAny((...event: unknown[]) => events.push(JSON.stringify(event)))
  socket.emit('enableLogsListening')
  const refused = io(url, {
    path: '/socket/io',
    forceNew: true,
    reconnection: false,
    auth: { token: PLANTED.wrongToken }
  })
  t.teardown(() => void refused.disconnect())
  refused.on('connect_error', (error) => events.push(`${error.message} ${error.stack}`))

  await ask('GET', '/devices/discover')
  const macs = fleet.miners.map(({ mac }) => mac)
  t.equal((await ask('PUT', '/devices/imprint', { macs })).status, 200)
  const viewer = new WebSocket(`${url.replace('http', 'ws')}/logs/stream`, {
    headers: { authorization: `Bearer ${PLANTED.readToken}` }
  })
  t.teardown(() => viewer.terminate())
  viewer.on('message', (data) => frames.push(String(data)))

  const configuration = { ...POOL, stratumPassword: PLANTED.pool, fallbackStratumPassword: PLANTED.fallback }
  const { data: preset } = await ask('POST', '/presets', { name: 'fleet', configuration })
  const spoiltUrl = `stratum+tcp://somebody:${PLANTED.url}@pool.example.net:3333`
  const settings = { ...POOL, stratumPassword: PLANTED.pool, wifiPass: PLANTED.wifi }
  const wrong: [string, string, unknown?][] = [
    ['POST', '/presets', { name: 'fleet', configuration }],
    ['POST', '/presets', { name: 5, configuration: { ...configuration, stratumPassword: [PLANTED.pool] } }],
    ['POST', '/presets', `{"stratumPassword":"${PLANTED.pool}"`],
    ['POST', '/presets', { name: 'x', configuration: { ...configuration, stratumUser: '{unknown}' } }],
    ['PATCH', `/presets/${preset?.uuid}`, { configuration: { fallbackStratumPassword: PLANTED.fallback.repeat(100) } }],
    ['PATCH', `/devices/imprint/${macs[0]}`, { device: { ip: 'x', wifiPass: PLANTED.wifi } }],
    ['POST', '/devices/bulk', { filter: {}, action: 'settings', settings: { wifiPass: { x: PLANTED.wifi } } }],
    ['POST', '/devices/bulk', { filter: {}, action: 'settings', settings, nonsense: PLANTED.pool }],
    ['POST', '/devices/bulk', { filter: {}, action: 'settings', settings: { stratumURL: spoiltUrl } }],
    ['DELETE', `/nowhere?token=${PLANTED.apiToken}&password=${PLANTED.pool}`],
    ['GET', `/nowhere?token=${PLANTED.apiToken}`],
    ['GET', `/devices/imprint/nonsense?token=${PLANTED.apiToken}`]
  ]
  for (const [method, path, body] of wrong) await ask(method, path, body)
  await ask('GET', '/presets', undefined, PLANTED.wrongToken)
  await ask('POST', '/presets', {}, PLANTED.wrongToken)
  await ask('POST', '/presets', {}, PLANTED.readToken)
  for (const mac of macs) {
    await ask('PATCH', `/devices/${mac}/system`, { info: settings })
    await ask('PATCH', `/devices/${mac}/system`, { presetUuid: preset?.uuid })
    await ask('POST', `/devices/${mac}/system/identify`)
  }
  const { data: operation } = await ask('POST', '/devices/bulk', { macs, action: 'preset', presetUuid: preset?.uuid })
  await until('the operation has ended, and was told', () =>
    events.some((event) => event.includes('operation_update') && event.includes('finishedAt'))
  )
  await until('a miner was given them', () => {
    const told = JSON.stringify(fleet.miners.map((miner) => miner.secrets()))
    return [PLANTED.pool, PLANTED.fallback, PLANTED.wifi].every((secret) => told.includes(secret))
  })
  await until('logs were told', () => frames.length > 20 && events.some((event) => event.includes('logs_update')))
  await until('Grafana was asked', () => grafana.seen.some(({ status }) => status === 200))
  for (const path of Object.keys(openapi.paths)) {
    const id = path.startsWith('/operations') ? operation?.id : path.startsWith('/presets') ? preset?.uuid : macs[0]
    await ask('GET', path.replace('{id}', id ?? '').replace('{presetId}', preset?.uuid ?? ''))
  }
  t.equal(await backend.stop('SIGTERM'), 0)

  const entries = readdirSync(DATA_DIR, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  const places = { answers, events, frames, lines: backend.lines, files }
  t.ok(
    [answers, events, files].every((texts) => texts.join('\n').includes('bc1planted')),
    'what is no secret is found'
  )
  t.ok(backend.lines.some((line) => line.includes('"msg":"audit"')))
  t.ok(answers.filter((text) => /^GET .* 200$/.test(text)).length > 15)
  for (const [name, secret] of Object.entries(PLANTED))
    for (const [place, texts] of Object.entries(places))
      t.same(
        texts.filter((text) => text.includes(secret)).map((text) => text.slice(0, 400)),
        [],
        `${name} in ${place}`
      )
})
