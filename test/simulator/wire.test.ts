import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { profiles } from '../../src/simulator/miner/profiles.ts'
import { ask, fleetOf, infoOf, minerOf } from './helper.ts'

const capture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../src/simulator/profiles/${name}.json`, import.meta.url), 'utf8'))

t.test('every capture is answered with its own fields, in its own order and types', async (t) => {
  const { miners } = await fleetOf(t, { devices: profiles.length, hostnames: ['bitaxe'] })
  for (const miner of miners) {
    const [expected, got] = [capture(miner.profile), await infoOf(miner)]
    t.strictSame(
      Object.keys(got).slice(0, Object.keys(expected).length),
      Object.keys(expected),
      `${miner.profile}: keys`
    )
    const types = (o: Record<string, unknown>): string[] =>
      Object.keys(expected).map((key) => `${key} ${typeof o[key]} ${Array.isArray(o[key])}`)
    t.strictSame(types(got), types(expected), `${miner.profile}: types`)
    t.type(got['ASICModel'], 'string', `${miner.profile}: identifies a miner`)
  }
})

t.test(
  'ten miners cover all dialects and at least seven captures, and at most two of them hide their MAC',
  async (t) => {
    const { miners } = await fleetOf(t)
    t.strictSame([...new Set(miners.map(({ dialect }) => dialect))].sort(), ['lenient', 'nerdqaxe', 'pools', 'strict'])
    t.ok(new Set(miners.map(({ profile }) => profile)).size >= 7)
    t.ok(miners.filter((miner) => !('macAddr' in miner.info())).length <= 2)
  }
)

t.test('each miner has its own address and MAC, and reports its MAC in upper case', async (t) => {
  const { miners } = await fleetOf(t, { devices: 600, firstAddress: '127.0.3.200', profiles: ['v2.12.2'] })
  t.equal(new Set(miners.map(({ mac }) => mac)).size, 600)
  t.equal(new Set(miners.map(({ ip }) => ip)).size, 600)
  t.notOk(miners.some(({ ip }) => /\.(0|255)$/.test(ip)))
  const last = miners.at(-1)
  if (!last) throw new Error('the fleet is empty')
  t.equal((await infoOf(last))['macAddr'], last.mac.toUpperCase())
})

t.test('the same seed creates the same fleet, another seed another fleet', async (t) => {
  const macs = async (seed: number): Promise<string[]> => (await fleetOf(t, { seed })).miners.map(({ mac }) => mac)
  t.strictSame(await macs(3), await macs(3))
  t.notSame(await macs(3), await macs(4))
})

t.test('JSON is indented with tabs before v2.14, compact from then on, chunked and closed by NerdQAxe', async (t) => {
  const text = async (profile: string) => ask(await minerOf(t, profile), 'GET', '/api/system/info')
  const [old, recent, nerd] = [await text('v2.12.2'), await text('v2.15.3'), await text('V1.0.37')]
  t.match(old.text, /^\{\n\t"power":\t/)
  t.match(recent.text, /^\{"power":[\d.]+,"voltage"/)
  t.match(old.headers, { 'content-length': String(Buffer.byteLength(old.text)), 'content-type': 'application/json' })
  t.match(nerd.headers, { 'transfer-encoding': 'chunked', connection: 'close' })
  t.notOk('content-length' in nerd.headers)
  t.notOk('keep-alive' in old.headers || 'connection' in old.headers)
})

t.test('the options of a model are served since v2.7, each field since its version', async (t) => {
  const keys = async (profile: string): Promise<unknown> => {
    const { status, text } = await ask(await minerOf(t, profile), 'GET', '/api/system/asic')
    return status === 200 ? Object.keys(JSON.parse(text)).join() : status
  }
  t.equal(await keys('v2.1.8'), 302)
  t.equal(await keys('gamma-601-v2.7.0'), 'ASICModel,frequencyOptions,voltageOptions')
  t.match(await keys('v2.9.0'), /^ASICModel,deviceModel,swarmColor,asicCount,defaultFrequency/)
  t.match(await keys('v2.15.3'), /hashDomains/)
  t.match(await keys('V1.0.37'), /absMaxFrequency.*ecoVoltage/)
})

t.test('an unknown path is a captive portal, 404 or 405, by version', async (t) => {
  const [old, recent] = [await minerOf(t, 'v2.1.8'), await minerOf(t, 'v2.9.0')]
  t.match(await ask(old, 'GET', '/api/none'), {
    status: 302,
    headers: { location: '/' },
    text: 'Redirect to the captive portal'
  })
  t.match(await ask(old, 'POST', '/api/none'), { status: 405 })
  t.match(await ask(recent, 'POST', '/api/none'), { status: 404, text: '{"error":"unknown route"}' })
  t.match(await ask(recent, 'GET', '/none'), { status: 302 })
})

t.test('a foreign Origin is refused since v2.5, one with a port by ESP-Miner only', async (t) => {
  const status = async (profile: string, origin: string): Promise<number> =>
    (await ask(await minerOf(t, profile), 'GET', '/api/system/info', { headers: { origin } })).status
  t.equal(await status('v2.1.8', 'http://evil.example'), 200)
  t.equal(await status('v2.9.0', 'http://evil.example'), 401)
  t.equal(await status('v2.9.0', 'http://192.168.1.5'), 200)
  t.equal(await status('v2.9.0', 'http://192.168.1.5:3000'), 401)
  t.equal(await status('V1.0.37', 'http://192.168.1.5:3000'), 200)
  t.equal(await status('v2.9.0', 'http://me.local'), 401)
  t.equal(await status('v2.15.3', 'http://me.local'), 200)
})

t.test('a header block over 512 bytes is too big up to v2.9, over 1024 bytes from v2.10 on', async (t) => {
  const status = async (profile: string, size: number): Promise<number> =>
    (await ask(await minerOf(t, profile), 'GET', '/api/system/info', { headers: { cookie: 'x'.repeat(size) } })).status
  t.equal(await status('v2.9.0', 300), 200)
  t.equal(await status('v2.9.0', 600), 431)
  t.equal(await status('v2.10.1', 600), 200)
  t.equal(await status('v2.10.1', 1100), 431)
})

t.test('requests are answered one at a time, however many connections there are', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', { latencyMs: 5 })
  miner.fault('slow', { ms: 100, path: '/api/system/asic' })
  const order: string[] = []
  const seen = new Promise<void>((resolve) => {
    miner.onRequest = () => resolve()
  })
  const slow = ask(miner, 'GET', '/api/system/asic').then(() => order.push('asic'))
  await seen
  await Promise.all([slow, ask(miner, 'GET', '/api/system/info').then(() => order.push('info'))])
  t.strictSame(order, ['asic', 'info'])
})

t.test('an address outside the fleet is not served', async (t) => {
  const { port } = await fleetOf(t, { devices: 1 })
  await t.rejects(ask({ address: `127.0.1.9:${port}` }, 'GET', '/api/system/info'))
})

t.test('bytes that are not HTTP end only their own connection', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const socket = connect(Number(miner.address.split(':')[1]), miner.ip)
  socket.on('error', () => undefined)
  socket.write('\u0000\u0001 rubbish\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve).resume())
  t.equal((await ask(miner, 'GET', '/api/system/info')).status, 200)
})
