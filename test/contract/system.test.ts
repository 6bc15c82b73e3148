import t from 'tap'
import { until } from '../helper.ts'
import { FAILURE, listed, startImprinted, type Device, type Envelope, type Preset } from './helper.ts'

const profiles = ['ultra-204-v2.1.8', 'gamma-601-v2.9.0', 'gamma-601-v2.12.2', 'gamma-601-v2.15.3', 'LTS']

/** One miner of each way of writing, as their ARP table knows them. */
async function startMixed(t: Parameters<typeof startImprinted>[0]) {
  const arpTableFile = `${t.testdir()}/arp`
  const started = await startImprinted(t, { devices: 5, profiles, arpTableFile }, { ARP_TABLE_FILE: arpTableFile })
  await until('all are traced', async () => {
    const { body } = await started.send<Envelope<Device[]>>('GET', '/devices/imprint')
    return body.data.length === 5 && body.data.every((device) => device.tracing)
  })
  return started
}

t.test('P26 PATCH /devices/:id/system with a whole device writes only what was changed in it', async (t) => {
  const { send, fleet } = await startMixed(t)
  for (const miner of fleet.miners) {
    const path = `/devices/${miner.mac}/system`
    const device = await listed({ send }, miner.mac)
    t.match(await send('PATCH', path, device), { status: 200, body: { message: String, data: { mac: miner.mac } } })
    t.same(miner.writes, [], `${miner.version}: unchanged`)
    const options = device.info['frequencyOptions'] as { value: number }[]
    const frequency = options.map(({ value }) => value).find((value) => value !== device.info['frequency'])
    const changed = { ...device, info: { ...device.info, frequency } }
    const answer = await send<Envelope<Device>>('PATCH', path, changed)
    t.equal(answer.status, 200, miner.version)
    t.match(answer.body, { message: String, data: { mac: miner.mac, ip: miner.address, info: { frequency } } })
    t.same(
      miner.writes.map(({ applied }) => applied),
      [{ frequency }],
      miner.version
    )
    t.equal(miner.info()['frequency'], frequency)
  }
})

t.test('PATCH /devices/:id/system with a preset gives the miner its pool, and the device the preset', async (t) => {
  const { send, fleet } = await startMixed(t)
  const pool = {
    stratumURL: 'solo.ckpool.org',
    stratumPort: '3333',
    stratumUser: 'bc1qexample',
    stratumPassword: 'sesame'
  }
  const made = await send<Envelope<Preset>>('POST', '/presets', { name: 'Solo', configuration: pool })
  const { uuid } = made.body.data
  for (const miner of fleet.miners) {
    const path = `/devices/${miner.mac}/system`
    const applied = await send('PATCH', path, { ...(await listed({ send }, miner.mac)), presetUuid: uuid })
    t.match(applied, { status: 200, body: { data: { mac: miner.mac, presetUuid: uuid } } }, miner.version)
    t.ok(Object.values(miner.secrets()).includes('sesame'), `${miner.version}: the password as well`)
    t.match(JSON.stringify(miner.info()), /solo\.ckpool\.org/, miner.version)
    const released = await send('PATCH', path, { presetUuid: null, info: {} })
    t.match(released, { status: 200, body: { data: { presetUuid: null } } }, miner.version)
  }
})

t.test('PATCH /devices/:id/system says by its status why nothing was applied', async (t) => {
  const { send, fleet, macs } = await startImprinted(t, { devices: 1 }, { POLL_TIMEOUT_MS: 300 })
  const [miner] = fleet.miners
  await until('it is traced', async () => (await listed({ send }, macs[0])).tracing)
  const attempt = async (status: number, body: object, mac = macs[0]) => {
    const answer = await send<object>('PATCH', `/devices/${mac}/system`, body)
    t.equal(answer.status, status, JSON.stringify(body))
    t.match(answer.body, { ...FAILURE, statusCode: status })
  }
  await attempt(400, { presetUuid: '01890a5d-ac96-774b-bcce-b302099a8057', info: {} })
  await attempt(400, { info: { frequency: 99_999 } })
  await attempt(400, { info: { coreVoltage: 1 } })
  await attempt(400, { info: 'frequency' })
  await attempt(404, { info: { frequency: 500 } }, 'aa:bb:cc:dd:ee:01')
  t.same(miner?.writes, [])
  miner?.fault('refuseWrites')
  await attempt(502, { info: { frequency: 600 } })
  miner?.clearFaults()
  miner?.fault('hang')
  await attempt(504, { info: { frequency: 600 } })
})

t.test('POST /devices/:id/system/restart restarts the miner, and says by its status why not', async (t) => {
  const { send, fleet, macs } = await startImprinted(t, { devices: 1, bootTimeMs: 50 }, { POLL_TIMEOUT_MS: 300 })
  const [miner] = fleet.miners
  const restart = (mac = macs[0]) => send<object>('POST', `/devices/${mac}/system/restart`)
  await until('it is traced', async () => (await listed({ send }, macs[0])).tracing)
  t.match(await restart(), { status: 200, body: { message: String, data: { mac: macs[0] } } })
  await until('the miner has restarted', async () => {
    const asked = fetch(`http://${miner?.address}/api/system/info`, { signal: AbortSignal.timeout(300) })
    const info = await asked.then((answer) => answer.json()).catch(() => ({ uptimeSeconds: Infinity }))
    return (info as { uptimeSeconds: number }).uptimeSeconds < 5
  })
  t.equal((await restart('aa:bb:cc:dd:ee:01')).status, 404)
  for (const [status, fault] of [
    [502, 'http500'],
    [504, 'hang']
  ] as const) {
    miner?.fault(fault)
    const answer = await restart()
    t.equal(answer.status, status, fault)
    t.match(answer.body, { ...FAILURE, statusCode: status })
    miner?.clearFaults()
  }
})

t.test('a request without a body is accepted with any content type that a client or a proxy adds', async (t) => {
  const { url, macs } = await startImprinted(t, { devices: 3, bootTimeMs: 50 })
  for (const [i, type] of ['application/json', 'application/x-www-form-urlencoded', 'text/plain'].entries()) {
    const headers = { 'content-type': type }
    const restarted = await fetch(`${url}/devices/${macs[i]}/system/restart`, { method: 'POST', headers })
    t.equal(restarted.status, 200, type)
    const deleted = await fetch(`${url}/devices/imprint/aa:bb:cc:dd:ee:01`, { method: 'DELETE', headers })
    t.equal(deleted.status, 404, type)
  }
})
