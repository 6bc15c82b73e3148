import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import type { Simulator } from '../../../src/simulator/types.ts'
import { build, reach, until, watchFleet } from '../../helper.ts'

const PASSWORD = 'planted-pool-password-7431'
const quick = { deviceHub: { conflictCheckMs: 100 } }
const never = { deviceHub: { conflictCheckMs: 3_600_000 } }

/** A victim and a liar that are both imprinted, and everything that was sent to the liar. */
async function attack(t: Test, settings: (fleet: Simulator) => Partial<Config> = () => ({}), plugins = quick) {
  const { app, url, fleet } = await watchFleet(t, { devices: 3 }, settings, plugins)
  const [victim, liar] = fleet.miners
  if (!victim || !liar) throw new Error('no miners')
  const conflicts: { mac: string; addresses: string[] }[] = []
  app.bus.on('device.conflict', (event) => conflicts.push(event))
  const nothingReached = (t: Test) => {
    t.same(liar.writes, [], 'nothing was written to the liar')
    t.notOk(JSON.stringify(liar.secrets()).includes(PASSWORD))
  }
  const stateOf = () => app.devices.require(victim.mac).state
  return { app, url, fleet, victim, liar, conflicts, nothingReached, stateOf }
}

const patch = (app: FastifyInstance, mac: string) =>
  app.inject({ method: 'PATCH', url: `/devices/${mac}/system`, payload: { info: { stratumPassword: PASSWORD } } })

/** One poll of the victim fails. */
async function loseOnePoll({ app, victim }: Awaited<ReturnType<typeof attack>>): Promise<void> {
  const failed = Promise.withResolvers<undefined>()
  app.bus.on('device.failed', ({ mac }) => mac === victim.mac && failed.resolve(undefined))
  victim.fault('reset')
  await failed.promise
  victim.clearFaults()
}

t.test('P38 a password meant for a miner that lost one poll never reaches one that answers with its MAC', async (t) => {
  const scene = await attack(t)
  const { app, victim, liar, conflicts, nothingReached, stateOf } = scene
  const [at, liesAt] = [victim.address, liar.address]
  liar.claimMac(victim.mac)
  await loseOnePoll(scene)
  const answer = await patch(app, victim.mac)
  t.ok([200, 409].includes(answer.statusCode), answer.body)
  await until('the conflict is seen', () => stateOf() === 'conflict')
  t.equal(app.devices.require(victim.mac).ip, at, 'the record stays where the miner is')
  t.match(conflicts, [{ mac: victim.mac, addresses: [at, liesAt] }])
  t.equal((await patch(app, victim.mac)).statusCode, 409)
  nothingReached(t)
})

t.test(
  'P38 a miner that was followed to a liar while it was down is asked at its old address before the next write',
  async (t) => {
    const scene = await attack(t, () => ({ RESTART_GRACE_MS: 1000 }), never)
    const { app, victim, liar, nothingReached, stateOf } = scene
    const [at, liesAt] = [victim.address, liar.address]
    victim.fault('reset')
    await until('it is offline', () => stateOf() === 'offline')
    liar.claimMac(victim.mac)
    await until(
      'the claim is believed, because nothing contradicts it',
      () => app.devices.require(victim.mac).ip === liesAt
    )
    victim.clearFaults()
    const answer = await patch(app, victim.mac)
    t.match(answer.json(), { code: 'PLUTO_IDENTITY_CONFLICT', message: new RegExp(`${liesAt} and ${at}`) })
    nothingReached(t)
  }
)

t.test('P38 while two miners claim one MAC, polling goes on and every command is refused', async (t) => {
  const { app, victim, liar, nothingReached, stateOf } = await attack(t)
  const [at, liesAt] = [victim.address, liar.address]
  liar.claimMac(victim.mac)
  await until('the conflict is seen', () => stateOf() === 'conflict')
  const { mac } = victim
  const refusal = { code: 'PLUTO_IDENTITY_CONFLICT', message: new RegExp(`${at} and ${liesAt}`) }
  for (const action of ['restart', 'identify', 'pause', 'resume']) {
    const answer = await app.inject({ method: 'POST', url: `/devices/${mac}/system/${action}` })
    t.equal(answer.statusCode, 409, action)
    t.match(answer.json(), refusal)
  }
  const preset = await app.inject({
    method: 'POST',
    url: '/presets',
    payload: { name: 'all', configuration: { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'a' } }
  })
  const { uuid } = preset.json().data
  for (const payload of [
    { info: { hostname: 'other' } },
    { presetUuid: uuid },
    { info: { hostname: 'b' }, presetUuid: null }
  ]) {
    const answer = await app.inject({ method: 'PATCH', url: `/devices/${mac}/system`, payload })
    t.match(answer.json(), refusal)
  }
  for (const body of [
    { action: 'restart' },
    { action: 'settings', settings: { hostname: 'c' } },
    { action: 'preset', presetUuid: uuid }
  ]) {
    const dry = await app.inject({
      method: 'POST',
      url: '/devices/bulk',
      payload: { ...body, macs: [mac], dryRun: true }
    })
    t.match(dry.json().data.devices, [{ verdict: 'would fail', code: refusal.code }])
    const started = await app.inject({ method: 'POST', url: '/devices/bulk', payload: { ...body, macs: [mac] } })
    const { id } = started.json().data
    const operation = await until('it has ended', async () => {
      const { data } = (await app.inject(`/operations/${id}`)).json()
      return data.finishedAt && data
    })
    t.match(operation.devices, [{ status: 'failed', code: refusal.code }])
  }
  const before = victim.infoRequests
  await until('it is still polled', () => victim.infoRequests > before + 2)
  t.match(app.devices.require(mac), { tracing: true, state: 'conflict', error: refusal.message })
  t.match((await app.inject(`/devices/imprint?state=conflict`)).json().data, [{ mac }])
  const metrics = (await app.inject('/metrics')).body
  t.match(metrics, /^pluto_devices\{state="conflict"\} 1$/m)
  t.match(metrics, /^pluto_identity_conflicts_total 1$/m)
  nothingReached(t)
  t.same(victim.writes, [])
})

t.test('P38 a conflict ends when the liar stops, and commands work again', async (t) => {
  const { app, victim, liar, stateOf } = await attack(t)
  liar.claimMac(victim.mac)
  await until('the conflict is seen', () => stateOf() === 'conflict')
  liar.claimMac(null)
  await until('the conflict has ended', () => stateOf() === 'online')
  t.equal((await patch(app, victim.mac)).statusCode, 200)
  t.match(JSON.stringify(victim.secrets()), PASSWORD)
})

t.test('P38 a liar that was found out is not believed when the miner is down later', async (t) => {
  const { app, victim, liar, nothingReached, stateOf } = await attack(t)
  const at = victim.address
  liar.claimMac(victim.mac)
  await until('the conflict is seen', () => stateOf() === 'conflict')
  victim.fault('reset')
  const before = liar.infoRequests
  await until('both were asked again', () => liar.infoRequests > before + 3)
  t.match(app.devices.require(victim.mac), { state: 'conflict', ip: at, tracing: false })
  t.equal((await patch(app, victim.mac)).statusCode, 409)
  nothingReached(t)
})

t.test('P38 a claim that the ARP table contradicts is not believed', async (t) => {
  const directory = t.testdir()
  const arp = join(directory, 'arp')
  const { app, victim, liar, nothingReached, stateOf } = await attack(t, (fleet) => {
    const rows = fleet.miners.map(({ ip, mac }) => `${ip} 0x1 0x2 ${mac} * eth0`)
    writeFileSync(arp, ['IP address HW type Flags HW address Mask Device', ...rows].join('\n'))
    return { ARP_TABLE_FILE: arp }
  })
  const at = victim.address
  victim.powerOff()
  await until('it is offline', () => stateOf() === 'offline')
  liar.claimMac(victim.mac)
  const before = liar.infoRequests
  await until('the liar has been asked often', () => liar.infoRequests > before + 8)
  await app.discovery.discover({})
  t.match(app.devices.require(victim.mac), { state: 'offline', ip: at })
  nothingReached(t)
})

t.test('P38 a search that meets a miner at two addresses moves its record to neither', async (t) => {
  const scene = await attack(t, () => ({ AUTO_LISTEN: false }))
  const { app, fleet, victim, liar, stateOf } = scene
  const other = fleet.miners[2]
  const at = victim.address
  app.deviceHub.watch([victim.mac])
  await until('it is online', () => stateOf() === 'online')
  victim.powerOff()
  await until('it is offline', () => stateOf() === 'offline')
  liar.claimMac(victim.mac)
  other?.claimMac(victim.mac)
  await app.discovery.discover({})
  await until('the conflict is seen', () => stateOf() === 'conflict')
  t.equal(app.devices.require(victim.mac).ip, at)
  t.match(scene.conflicts[0]?.addresses, [at, liar.address, other?.address])
})

t.test('P38 a search finds a claim on a device that is not monitored, and its record stays', async (t) => {
  const { app, victim, liar, stateOf } = await attack(t, () => ({ AUTO_LISTEN: false }))
  const at = victim.address
  t.equal(stateOf(), 'idle')
  liar.claimMac(victim.mac)
  await app.discovery.discover({})
  await until('the conflict is seen', () => stateOf() === 'conflict')
  t.equal(app.devices.require(victim.mac).ip, at)
  liar.claimMac(null)
  await until('it has ended', () => stateOf() === 'idle')
})

t.test('P38 a miner that moves is followed as long as nobody else claims its MAC', async (t) => {
  const { app, victim, stateOf } = await attack(t, ({ port }) => ({ DISCOVERY_NETWORKS: `127.0.1.0/24:${port}` }))
  victim.move('127.0.1.88')
  await until('it is followed', () => app.devices.require(victim.mac).ip === victim.address && stateOf() === 'online')
  t.equal((await patch(app, victim.mac)).statusCode, 200)
  t.match(JSON.stringify(victim.secrets()), PASSWORD)
})

t.test('P38 a user may set the address, and the other claim still stands in the way of commands', async (t) => {
  const { app, victim, liar, nothingReached, stateOf } = await attack(t)
  const [at, liesAt] = [victim.address, liar.address]
  liar.claimMac(victim.mac)
  await until('the conflict is seen', () => stateOf() === 'conflict')
  const payload = { device: { ip: liesAt } }
  const edited = await app.inject({ method: 'PATCH', url: `/devices/imprint/${victim.mac}`, payload })
  t.equal(edited.statusCode, 200)
  t.equal((await patch(app, victim.mac)).statusCode, 409)
  const back = await app.inject({
    method: 'PATCH',
    url: `/devices/imprint/${victim.mac}`,
    payload: { device: { ip: at } }
  })
  t.equal(back.statusCode, 200)
  t.equal((await patch(app, victim.mac)).statusCode, 409)
  nothingReached(t)
})

t.test('P38 after a restart the address where a followed miner was imprinted is asked before a write', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet, victim, liar, nothingReached, stateOf } = await attack(t, () => ({ DATA_DIR }), never)
  victim.fault('reset')
  await until('it is offline', () => stateOf() === 'offline')
  liar.claimMac(victim.mac)
  await until('it is followed', () => app.devices.require(victim.mac).ip === liar.address)
  await app.close()
  victim.clearFaults()
  const again = await build(t, { DATA_DIR, ...reach(fleet), AUTO_LISTEN: false }, never)
  t.equal(again.devices.require(victim.mac).ip, liar.address)
  t.match((await patch(again, victim.mac)).json(), { code: 'PLUTO_IDENTITY_CONFLICT' })
  nothingReached(t)
})
