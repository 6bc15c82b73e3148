import t, { type Test } from 'tap'
import { request } from 'undici'
import type { Miner, Simulator } from '../../src/simulator/types.ts'
import { ask, fleetOf, infoOf } from './helper.ts'

type Call = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown
) => Promise<{ status: number; json: ReturnType<typeof JSON.parse> }>

async function control(t: Test): Promise<{ call: Call; simulator: Simulator; miner: Miner }> {
  const simulator = await fleetOf(t, { devices: 3, controlPort: 0, bootTimeMs: 0 })
  const call: Call = async (method, path, body) => {
    const answer = await request(`${simulator.controlUrl}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body)
    })
    return { status: answer.statusCode, json: await answer.body.json() }
  }
  const [miner] = simulator.miners
  if (!miner) throw new Error('the fleet is empty')
  return { call, simulator, miner }
}

t.test('the fleet is listed with addresses, versions and faults', async (t) => {
  const { call, miner } = await control(t)
  miner.fault('slow', { ms: 1 })
  const { json } = await call('GET', '/fleet')
  t.equal(json.length, 3)
  t.match(json[0], { mac: miner.mac, address: miner.address, dialect: 'pools', version: 'v2.15.3', faults: ['slow'] })
  t.match((await call('GET', '/')).json, { 'GET /fleet': String })
})

t.test('the details of a miner include its secrets, and its MAC may be in any form', async (t) => {
  const { call, miner } = await control(t)
  const { json } = await call('GET', `/miners/${miner.mac.toUpperCase().replaceAll(':', '-')}`)
  t.match(json, { mac: miner.mac, secrets: miner.secrets(), info: { ASICModel: 'BM1370' }, requests: 0, writes: [] })
})

t.test('faults start and end', async (t) => {
  const { call, miner } = await control(t)
  const path = `/miners/${miner.mac}/faults`
  t.equal((await call('POST', path, { fault: 'http500' })).status, 200)
  t.equal((await ask(miner, 'GET', '/api/system/info')).status, 500)
  t.equal((await call('DELETE', `${path}/http500`)).status, 200)
  t.equal((await ask(miner, 'GET', '/api/system/info')).status, 200)
  await call('POST', path, { fault: 'empty' })
  t.strictSame((await call('DELETE', path)).json.faults, [])
})

t.test('miners are renamed, changed, rebooted, switched off and on, moved and swapped', async (t) => {
  const { call, simulator, miner } = await control(t)
  const at = `/miners/${miner.mac}`
  await call('POST', `${at}/rename`, { hostname: 'total "x"' })
  await call('POST', `${at}/override`, { hashRate: 0 })
  t.match(await infoOf(miner), { hostname: 'total "x"', hashRate: 0 })
  await call('POST', `${at}/reboot`, { bootTimeMs: 0 })
  t.ok(Number((await infoOf(miner))['uptimeSeconds']) < 5)
  await call('POST', `${at}/power`, { on: false })
  await t.rejects(infoOf(miner))
  await call('POST', `${at}/power`, { on: true })
  await call('POST', `${at}/move`, { ip: '127.0.9.9' })
  t.equal((await infoOf(miner))['ipv4'], '127.0.9.9')
  const other = simulator.miners[1]
  await call('POST', '/swap', { a: miner.mac, b: other?.mac })
  t.equal(other?.ip, '127.0.9.9')
  await call('POST', `${at}/claimMac`, { mac: other?.mac })
  t.equal((await infoOf(miner))['macAddr'], other?.mac.toUpperCase())
})

t.test(
  'invalid input is answered with 400 and the name of the field, an unknown miner or route with 404',
  async (t) => {
    const { call, miner } = await control(t)
    const at = `/miners/${miner.mac}`
    const wrong: [string, unknown, RegExp][] = [
      [`${at}/faults`, { fault: 'boom' }, /"fault".*boom/],
      [`${at}/faults`, { fault: 'slow', ms: -1 }, /"ms"/],
      [`${at}/rename`, {}, /"hostname"/],
      [`${at}/power`, { on: 1 }, /"on"/],
      [`${at}/reboot`, { bootTimeMs: 'x' }, /"bootTimeMs"/],
      [`${at}/move`, { ip: '10.0.0.1' }, /"ip"/],
      [`${at}/claimMac`, { mac: 7 }, /"mac"/],
      ['/swap', { a: miner.mac }, /"b"/],
      ['/swap', { a: miner.mac, b: '1.2.3.4' }, /1\.2\.3\.4/],
      ['/discovery', { down: 'yes' }, /"down"/],
      [`${at}/rename`, 'not an object', /object/]
    ]
    for (const [path, body, error] of wrong)
      t.match(await call('POST', path, body), { status: 400, json: { error } }, path)
    t.equal((await call('GET', '/counters?intervalMs=no')).status, 400)
    t.equal((await call('GET', '/miners/00:00:00:00:00:00')).status, 404)
    t.equal((await call('GET', '/nowhere')).status, 404)
    t.equal((await call('POST', `${at}/explode`, {})).status, 404)
  }
)

t.test('counters show requests, intervals and missed polls, and can be reset', async (t) => {
  const { call, miner, simulator } = await control(t)
  for (let i = 0; i < 4; i++) await infoOf(miner)
  await ask(miner, 'PATCH', '/api/system', { body: { frequency: 490 } })
  const { json } = await call('GET', '/counters?intervalMs=0.001')
  t.match(json, { requests: 5, infoRequests: 4, writes: 1, healthyMiners: 3, intervals: { count: 3 } })
  t.ok(json.intervals.max >= json.intervals.p50 && json.intervals.p50 > 0)
  t.ok(json.intervals.missed > 0, 'polls were due every microsecond')
  t.equal(simulator.counters(1e9).intervals.missed, 0)
  const expected = simulator.miners.reduce((sum, { info }) => sum + Number(info()['hashRate']), 0)
  t.ok(Math.abs(json.healthyHashRate / expected - 1) < 0.1)
  t.equal((await call('POST', '/counters/reset')).status, 200)
  t.match(simulator.counters(), { requests: 0, infoRequests: 0, writes: 0, intervals: { count: 0, p99: null } })
})

t.test('a miner with a fault or without power does not count as healthy', async (t) => {
  const { simulator, miner } = await control(t)
  miner.fault('empty')
  t.equal(simulator.counters().healthyMiners, 2)
  miner.clearFaults()
  miner.powerOff()
  t.equal(simulator.counters().healthyMiners, 2)
})

t.test('miners are found as by a discovery service, exactly or by part of a value', async (t) => {
  const { call, miner, simulator } = await control(t)
  const found = async (query: string): Promise<string[]> =>
    (await call('GET', query)).json.map(({ mac }: { mac: string }) => mac)
  t.equal((await found('/discover')).length, 3)
  t.strictSame(await found(`/discover?ip=${miner.address}`), [miner.mac])
  t.strictSame(await found(`/discover?mac=${miner.mac.toUpperCase()}`), [miner.mac])
  t.equal((await found('/discovered?macs=bc:dd')).length, 3)
  t.strictSame(await found('/discovered?macs=bc:dd&partialMacs=none'), [])
  t.strictSame(await found(`/discovered?macs=${miner.mac}&partialMacs=none`), [miner.mac])
  t.strictSame(await found(`/discovered?macs=${miner.mac.slice(-8)}&partialMacs=left`), [miner.mac])
  t.strictSame(await found(`/discovered?macs=${miner.mac.slice(-8)}&partialMacs=right`), [])
  t.strictSame(await found(`/discovered?ips=${miner.ip}:&partialIps=right&hostnames=${miner.hostname}`), [miner.mac])
  simulator.miners[1]?.powerOff()
  t.equal((await found('/discover')).length, 2)
  t.equal((await found('/discovered')).length, 3)
})

t.test('the discovery service can be down, or find by address without knowing the MAC', async (t) => {
  const { call, miner } = await control(t)
  t.equal((await call('POST', '/discovery', { unknownMac: true })).status, 200)
  const [device] = (await call('GET', `/discover?ip=${miner.ip}`)).json
  t.match(device, { mac: 'unknown', ip: miner.address, info: { macAddr: miner.mac.toUpperCase() } })
  await call('POST', '/discovery', { down: true })
  t.equal((await call('GET', '/discover')).status, 500)
})
