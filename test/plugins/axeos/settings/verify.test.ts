import t, { type Test } from 'tap'
import { optionsFromTable } from '../../../../plugins/axeos/reading/asic-options.ts'
import { planSettings } from '../../../../plugins/axeos/settings/plan.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import { verifySettings } from '../../../../plugins/axeos/settings/verify.ts'
import { simulate } from '../../../helper.ts'
import { fixture, startAxeos } from '../helper.ts'
import { LENIENT, STRICT, POOLS, NERDQAXE, type Info } from './helper.ts'

/** The result of a request to the miner of a capture whose info has these changes afterwards. */
function verify(capture: string, wanted: Info, after: Info, before: Info = {}) {
  const reading = toReading({ ...fixture(`info/${capture}.json`), ...before })
  const plan = planSettings(reading, optionsFromTable(reading.identity), wanted, { allowOverclock: false })
  return verifySettings(plan, toReading({ ...fixture(`info/${capture}.json`), ...before, ...after }))
}

async function meet(t: Test, profile: string) {
  const [miner] = (await simulate(t, { devices: 1, profiles: [profile] })).miners
  if (!miner) throw new Error('no miner')
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(miner.address)
  async function set(wanted: Info) {
    const reading = await axeos.readInfo(address)
    const plan = axeos.planSettings(reading, axeos.optionsFromTable(reading.identity), wanted, {
      allowOverclock: false
    })
    if (plan.body) await axeos.writeSettings(address, plan.body)
    return axeos.verifySettings(plan, await axeos.readInfo(address))
  }
  return { miner, axeos, address, set }
}

for (const profile of [LENIENT, STRICT, POOLS, NERDQAXE]) {
  t.test(`P32 what ${profile} accepts and ignores is reported as not applied, passwords included`, async (t) => {
    const { miner, set } = await meet(t, profile)
    miner.fault('ignoreWrites')
    const result = await set({
      frequency: 550,
      stratumURL: 'pool.test',
      stratumPassword: 'geheim',
      foo: 1,
      ssid: 'miner-net'
    })
    t.equal(miner.writes.length, 1)
    t.strictSame(result.applied, [])
    t.equal(result.restartRequired, false)
    const reasons = Object.fromEntries(result.notApplied.map(({ field, reason }) => [field, reason]))
    t.strictSame(Object.keys(reasons).sort(), ['foo', 'frequency', 'stratumPassword', 'stratumURL'])
    t.equal(reasons.frequency, 'the miner accepted the request and kept its old value')
    t.match(reasons.stratumPassword, /cannot be read back/)
    t.match(reasons.foo, /no setting of that name/)
  })

  t.test(`what ${profile} applied is reported with its old and its new value`, async (t) => {
    const { miner, set } = await meet(t, profile)
    const { stratumUser, frequency } = miner.info()
    const result = await set({ frequency: 550, stratumUser: 'me', stratumPassword: 'geheim', hostname: miner.hostname })
    t.strictSame(result.applied, [
      ...(profile === POOLS ? [] : [{ field: 'frequency', from: frequency, to: 550 }]),
      { field: 'stratumUser', from: stratumUser, to: 'me' },
      { field: 'stratumPassword' },
      ...(profile === POOLS ? [{ field: 'frequency', from: frequency, to: 550 }] : [])
    ])
    t.strictSame(result.unchanged, ['hostname'])
    t.strictSame(result.notApplied, [])
    t.equal(result.restartRequired, profile !== NERDQAXE)
    t.ok(Object.values(miner.secrets()).includes('geheim'))
  })
}

t.test('P32 flat pool keys that newer firmware ignores are reported as ignored', async (t) => {
  const result = verify(STRICT, { stratumUser: 'me' }, { version: 'v2.15.0' })
  t.strictSame(result.notApplied, [
    { field: 'stratumUser', reason: 'this firmware (v2.15.0) ignores it outside of a pool object' }
  ])
  const updated = fixture(`info/${POOLS}.json`)
  t.match(verify(STRICT, { stratumUser: 'me' }, updated).notApplied, [{ reason: /outside of a pool object/ }])
})

t.test('an overheat during the write is given as the reason', async (t) => {
  const { notApplied } = verify(POOLS, { frequency: 550, ssid: 'x' }, { frequency: 425, overheat_mode: 1 })
  t.match(notApplied, [
    { field: 'frequency', reason: 'the miner has overheated and sets it itself' },
    { field: 'ssid', reason: /kept its old value/ }
  ])
})

t.test('a value that is neither the old nor the new one is reported', async (t) => {
  t.match(verify(POOLS, { temptarget: 50 }, { temptarget: 55 }).notApplied, [{ reason: /and has 55$/ }])
})

t.test('a setting that disappears is not applied', async (t) => {
  const { applied, notApplied } = verify(POOLS, { temptarget: 50 }, { temptarget: undefined })
  t.strictSame(applied, [])
  t.strictSame(notApplied, [{ field: 'temptarget', reason: 'the miner no longer reports it' }])
})

t.test('a host name that is in use is reported as taken', async (t) => {
  const { notApplied } = verify(POOLS, { hostname: 'axe' }, { hostname: 'axe-c84f' })
  t.match(notApplied, [{ reason: 'the name is taken on the network: the miner calls itself axe-c84f' }])
})

t.test('a password counts as applied if the rest of its pool does', async (t) => {
  const wanted = { stratumUser: 'a', stratumPassword: 'p', fallbackStratumUser: 'b', fallbackStratumPassword: 'q' }
  const { applied, notApplied } = verify(STRICT, wanted, { stratumUser: 'a' })
  t.strictSame(
    applied.map(({ field }) => field),
    ['stratumUser', 'stratumPassword']
  )
  t.strictSame(
    notApplied.map(({ field }) => field),
    ['fallbackStratumUser', 'fallbackStratumPassword']
  )
})

t.test('a password does not count as applied if nothing that can be read back was', async (t) => {
  const { applied, notApplied } = verify(STRICT, { wifiPass: 'geheim', frequency: 550 }, {})
  t.strictSame(applied, [])
  t.match(notApplied, [{ field: 'wifiPass', reason: /cannot be read back/ }, { field: 'frequency' }])
  t.strictSame(verify(STRICT, { wifiPass: 'geheim', frequency: 550 }, { frequency: 550 }).notApplied, [])
})

t.test('a password that is written alone counts as applied once it is accepted', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    t.strictSame(verify(capture, { stratumPassword: 'p' }, {}).applied, [{ field: 'stratumPassword' }], capture)
  }
})

t.test('an empty plan has an empty result', async (t) => {
  t.strictSame(verify(POOLS, { frequency: 525 }, {}), {
    applied: [],
    unchanged: ['frequency'],
    notApplied: [],
    restartRequired: false
  })
})

t.test('a restart is required only if something that needs one was applied', async (t) => {
  const wanted = { frequency: 550, ssid: 'other' }
  t.equal(verify(POOLS, wanted, wanted).restartRequired, true)
  t.equal(verify(POOLS, wanted, { frequency: 550 }).restartRequired, false)
})

t.test('a new fallback pool is read back', async (t) => {
  const wanted = { fallbackStratumURL: 'pool.test:4444', fallbackStratumUser: 'w', fallbackStratumPassword: 'p' }
  const { pools } = fixture(`info/${POOLS}.json`) as { pools: Info[] }
  const before = { pools: pools.slice(0, 1), secondaryPoolIndex: 0 }
  const made = { id: 1, stratumURL: 'pool.test', stratumPort: 4444, stratumUser: 'w' }
  const there = verify(POOLS, wanted, { pools: [...before.pools, made], secondaryPoolIndex: 1 }, before)
  t.strictSame(there.notApplied, [])
  t.equal(there.applied.length, 5)
  const elsewhere = verify(POOLS, wanted, { pools: [...before.pools, made] }, before)
  t.strictSame(elsewhere.applied, [], 'it is there, and the miner does not use it')
  const twin = { fallbackStratumURL: 'pool.example.org:3333', fallbackStratumUser: before.pools[0]?.stratumUser }
  t.strictSame(verify(POOLS, twin, {}, before).applied, [], 'the first pool is not a fallback')
})

t.test('settings are compared by meaning, not by type', async (t) => {
  t.strictSame(verify(POOLS, { overclockEnabled: true }, { overclockEnabled: true }).notApplied, [])
  t.strictSame(verify(NERDQAXE, { invertscreen: true }, { invertscreen: 1 }).notApplied, [])
  t.strictSame(verify(STRICT, { temptarget: '50' }, { temptarget: 50 }).notApplied, [])
})
