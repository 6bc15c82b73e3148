import { readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { until } from '../helper.ts'
import {
  collect,
  connect,
  FAILURE,
  IP,
  ISO,
  listed,
  MAC,
  start,
  startImprinted,
  type Device,
  type Envelope
} from './helper.ts'

function isDevice(t: Test, device: Device, name: string): void {
  t.match(device, { mac: MAC, ip: IP, type: String, info: Object }, name)
  t.ok(['string', 'object', 'undefined'].includes(typeof device.presetUuid), `${name}: presetUuid`)
  for (const at of [device.createdAt, device.updatedAt]) if (at !== undefined) t.match(at, ISO, name)
  if (device.tracing !== undefined) t.type(device.tracing, 'boolean', name)
}

t.test('a device has the fields that clients read wherever one is answered', async (t) => {
  const { send, macs } = await startImprinted(t, { devices: 2 })
  const [mac] = macs
  const bare = ['/devices/discover', '/devices/discovered', `/devices/discovered?macs=${mac}&partialMacs=none`]
  for (const path of bare) {
    const { body } = await send<Device[]>('GET', path)
    t.ok(body.length > 0, path)
    for (const device of body) isDevice(t, device, path)
  }
  const lists: [string, string, unknown?][] = [
    ['GET', '/devices/imprint'],
    ['PUT', '/devices/imprint', { macs }],
    ['PATCH', '/devices/imprint', { mac }],
    ['PUT', '/devices/listen', { macs }]
  ]
  for (const [method, path, body] of lists) {
    const { body: answer } = await send<Envelope<Device[]>>(method, path, body)
    t.match(answer, { message: String, data: { length: 2 } }, path)
    for (const device of answer.data) isDevice(t, device, path)
  }
  const { body } = await send<Envelope<Device>>('GET', `/devices/imprint/${mac}`)
  isDevice(t, body.data, 'one')
  t.match(body.data, { presetUuid: null, tracing: Boolean, createdAt: ISO, updatedAt: ISO })
})

t.test('the id of a device is its MAC in any case and with either separator, answered in one form', async (t) => {
  const { send, macs } = await startImprinted(t, { devices: 1 })
  const mac = String(macs[0])
  t.match(mac, MAC)
  for (const form of [mac, mac.toUpperCase(), mac.replaceAll(':', '-'), mac.toUpperCase().replaceAll(':', '-')]) {
    t.match(await send('GET', `/devices/imprint/${form}`), { status: 200, body: { data: { mac } } }, form)
    t.match(await send('PUT', '/devices/imprint', { macs: [form] }), { body: { data: [{ mac }] } }, form)
    t.match(await send('PUT', '/devices/listen', { macs: [form] }), { body: { data: [{ mac }] } }, form)
    t.match(await send('GET', `/devices/discover?mac=${form}`), { body: [{ mac }] }, form)
    t.match(await send('GET', `/devices/discovered?macs=${form}&partialMacs=none`), { body: [{ mac }] }, form)
  }
  t.match(await send('DELETE', `/devices/imprint/${mac.toUpperCase()}`), { status: 200, body: { data: { mac } } })
})

t.test("info is the miner's own answer with every field it has, joined in lists by the option lists", async (t) => {
  const { send, fleet, macs } = await startImprinted(t, { devices: 1 })
  const miner = fleet.miner(String(macs[0]))
  miner.override({ fieldOfTheFuture: { kept: [1, null, 'x'] }, temp: null })
  const device = await until('the new field is listed', async () => {
    const found = await listed({ send }, miner.mac)
    return 'fieldOfTheFuture' in found.info ? found : null
  })
  const kept = Object.keys(miner.info()).filter((key) => !/pass/i.test(key))
  t.same(
    kept.filter((key) => !(key in device.info)),
    []
  )
  t.match(device.info, { fieldOfTheFuture: { kept: [1, null, 'x'] }, temp: null, ASICModel: 'BM1370' })
  for (const name of ['frequencyOptions', 'coreVoltageOptions']) {
    const options = device.info[name] as { label: string; value: number }[]
    t.ok(options.length > 1, name)
    const labels = options.map(({ value }) => [`${value}`, `${value} (default)`])
    t.ok(
      options.every(({ label }, i) => labels[i]?.includes(label)),
      name
    )
    t.equal(options.filter(({ label }) => label.endsWith(' (default)')).length, 1, name)
  }
})

t.test('tracing is true while a device answers polls, and false while it does not', async (t) => {
  const { send, fleet, macs } = await startImprinted(t, { devices: 1 })
  const traced = async () => (await listed({ send }, macs[0])).tracing
  await until('it is traced', traced)
  fleet.miners[0]?.fault('http500')
  await until('it is not', async () => !(await traced()))
  fleet.miners[0]?.clearFaults()
  await until('it is traced again', traced)
})

t.test('every error has a status code, an error and a message', async (t) => {
  const { send } = await start(t, { devices: 1 })
  const mac = 'aa:bb:cc:dd:ee:01'
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057'
  const wrong: [number, string, string, unknown?][] = [
    [404, 'GET', `/devices/imprint/${mac}`],
    [404, 'PATCH', `/devices/imprint/${mac}`, { device: { type: 'x' } }],
    [404, 'DELETE', `/devices/imprint/${mac}`],
    [404, 'PUT', '/devices/imprint', { macs: [mac] }],
    [404, 'PATCH', '/devices/imprint', { mac }],
    [404, 'POST', `/devices/${mac}/system/restart`],
    [404, 'PATCH', `/devices/${mac}/system`, { info: { frequency: 500 } }],
    [404, 'GET', `/presets/${uuid}`],
    [404, 'DELETE', `/presets/${uuid}`],
    [404, 'GET', '/nowhere'],
    [400, 'GET', '/devices/imprint/nonsense'],
    [400, 'PUT', '/devices/imprint', { macs: [] }],
    [400, 'PUT', '/devices/imprint', {}],
    [400, 'PUT', '/devices/imprint', { macs: [mac.slice(0, 5)] }],
    [400, 'PATCH', '/devices/imprint', { mac: mac.slice(0, 5) }],
    [400, 'GET', '/devices/discover?ip=evil.example'],
    [400, 'GET', '/devices/discovered?macs=a&partialMacs=middle'],
    [400, 'POST', '/presets', { name: 'x' }]
  ]
  for (const [status, method, path, body] of wrong) {
    const answer = await send<object>(method, path, body)
    t.equal(answer.status, status, `${method} ${path}`)
    t.match(answer.body, { ...FAILURE, statusCode: status }, `${method} ${path}`)
  }
})

t.test('P19 no secret leaves in any answer, event or file, at any depth', async (t) => {
  const secret = 'planted-4711'
  const DATA_DIR = t.testdir()
  const started = await startImprinted(t, { devices: 1 }, { DATA_DIR })
  const { app, url, fleet, macs } = started
  const socket = connect(t, url)
  const events: unknown[] = []
  socket.onAny((...event: unknown[]) => events.push(event))
  const updates = collect<Device>(socket, 'stat_update')
  const names = ['stratumPassword', 'wifiPassword', 'wifiPass', 'fallbackStratumPassword']
  const secrets = Object.fromEntries(names.map((name) => [name, secret]))
  fleet.miners[0]?.override({ ...secrets, nested: [{ deeper: { ...secrets, told: true } }] })

  const texts: string[] = []
  const send: typeof started.send = async (method, path, body) => {
    const answer = await started.send(method, path, body)
    texts.push(answer.text)
    return answer as never
  }
  await until('the planted info was heard of', () => updates.some(({ info }) => 'nested' in info))
  const pool = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'me' }
  const configuration = { ...pool, stratumPassword: secret, fallbackStratumPassword: secret }
  const { body } = await send<Envelope<{ uuid: string }>>('POST', '/presets', { name: 'p', configuration })
  const { uuid } = body.data
  const [mac] = macs
  await send('PATCH', `/devices/${mac}/system`, { info: secrets })
  await send('PATCH', `/devices/${mac}/system`, { presetUuid: uuid, info: {} })
  for (const path of ['discover', 'discovered', 'imprint', `imprint/${mac}`, `presets/${uuid}`])
    await send('GET', `/devices/${path}`)
  for (const path of ['/presets', `/presets/${uuid}`, '/metrics', '/documentation/json']) await send('GET', path)
  await send('POST', '/presets', { name: 'p', configuration: { ...configuration, stratumPort: secret } })
  await send('DELETE', `/devices/imprint/${mac}`)
  await app.close()

  t.match(texts.join(), '"told":true', 'what is no secret is there')
  for (const text of texts) t.notMatch(text, secret)
  t.notMatch(JSON.stringify(events), secret)
  const files = readdirSync(DATA_DIR, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  t.ok(files.length > 3)
  for (const { parentPath, name } of files) t.notOk(readFileSync(`${parentPath}/${name}`).includes(secret), name)
})
