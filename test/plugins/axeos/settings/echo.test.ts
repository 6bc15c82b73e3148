import t from 'tap'
import { optionsFromTable } from '../../../../plugins/axeos/reading/asic-options.ts'
import { planSettings } from '../../../../plugins/axeos/settings/plan.ts'
import { listSettings } from '../../../../plugins/axeos/settings/settings.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import { toOptionLists } from '../../../../plugins/devices/option-lists.ts'
import { simulate } from '../../../helper.ts'
import { fixture, INFOS, startAxeos } from '../helper.ts'

type Info = Record<string, unknown>

/** A miner's reading, and the info that a client sends back later. */
function echoOf(capture: string, changes: Info = {}) {
  const reading = toReading(fixture(`info/${capture}`))
  const options = optionsFromTable(reading.identity)
  const echo: Info = { ...structuredClone(reading.info), ...toOptionLists(options), ...changes }
  return { reading, options, echo }
}

function plan(capture: string, changes: Info, now: Info = {}) {
  const { reading, options, echo } = echoOf(capture, changes)
  return planSettings(toReading({ ...reading.info, ...now }), options, echo, { allowOverclock: false })
}

/** The info some time later: all fields that are not settings have changed. */
function movedOn(info: Info): Info {
  const settings = listSettings(toReading(structuredClone(info)))
  const keep = new Set([...settings.keys(), ...['pools', 'deviceModel', 'hostip', 'bestDiff', 'version', 'macAddr']])
  keep.delete('fanspeed')
  const move = (value: unknown): unknown => {
    if (typeof value === 'number') return value * 1.25 + 1
    if (typeof value === 'boolean') return !value
    if (Array.isArray(value)) return value.map(move)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, staysIn(key) ? inner : move(inner)]))
  }
  const staysIn = (key: string) =>
    ['mode', 'manualSpeed', 'overheatTemp', 'pid', 'poolMode', 'poolBalance'].includes(key)
  return Object.fromEntries(Object.entries(info).map(([key, value]) => [key, keep.has(key) ? value : move(value)]))
}

for (const capture of INFOS) {
  t.test(`P26 the whole info of ${capture} sent back changes nothing`, async (t) => {
    const { body, changes, refused, restartRequired, unchanged } = plan(capture, {})
    t.strictSame(
      { body, changes, refused, restartRequired },
      { body: null, changes: [], refused: [], restartRequired: false }
    )
    t.ok(unchanged.includes('hostname') || !('hostname' in fixture(`info/${capture}`)))
  })

  t.test(`P26 an older info of ${capture} changes nothing when only telemetry has changed since`, async (t) => {
    const { reading } = echoOf(capture)
    const now = movedOn(reading.info)
    t.not(now.power, reading.info.power)
    const { body, changes, refused } = plan(capture, {}, now)
    t.strictSame({ body, changes, refused }, { body: null, changes: [], refused: [] })
  })

  t.test(`P26 one change in the whole info of ${capture} is one key on the wire`, async (t) => {
    const { body, changes } = plan(capture, { hostname: 'shelf-3' }, { hostname: 'bitaxe' })
    t.strictSame(body, { hostname: 'shelf-3' })
    t.strictSame(changes, [{ field: 'hostname', from: 'bitaxe', to: 'shelf-3' }])
  })
}

t.test('P26 no miner gets a write for its own older info', async (t) => {
  const fleet = await simulate(t, { devices: INFOS.length })
  const { axeos } = await startAxeos(t)
  for (const miner of fleet.miners) {
    const address = axeos.parseAddress(miner.address)
    const before = await axeos.readInfo(address)
    const options = await axeos.readAsicOptions(address, before)
    miner.override({ temp: 71.5, uptimeSeconds: 1e6, ...('wifiRSSI' in before.info && { wifiRSSI: -80 }) })
    const reading = await axeos.readInfo(address)
    const echo = { ...before.info, ...toOptionLists(options) }
    const { body, changes } = axeos.planSettings(reading, options, echo, { allowOverclock: false })
    t.strictSame({ body, changes }, { body: null, changes: [] }, miner.profile)
    t.strictSame(miner.writes, [])
  }
})

const OLD = 'bitaxe-gamma-601-v2.10.1.json'
const NEW = 'bitaxe-gamma-601-v2.15.3.json'

t.test('where fanspeed is the present speed, an echo does not set it', async (t) => {
  for (const capture of [OLD, 'bitaxe-gamma-601-v2.12.2.json', NEW, 'nerdqaxe-plusplus-V1.0.37.2-LTS.json']) {
    t.equal(plan(capture, { fanspeed: 12 }).body, null, capture)
  }
})

t.test('an echo from before an update does not turn the speed at that time into a setting', async (t) => {
  const reading = toReading(fixture('info/bitaxe-gamma-601-v2.12.2.json'))
  const echo = fixture(`info/${OLD}`)
  const { changes } = planSettings(reading, optionsFromTable(reading.identity), echo, { allowOverclock: true })
  t.ok(changes.some(({ field }) => field === 'frequency'))
  t.notOk(changes.some(({ field }) => field === 'fanspeed'))
})

t.test('an echo that switches the fan to manual also sets its speed', async (t) => {
  t.strictSame(plan(OLD, { autofanspeed: 0, fanspeed: 78 }).body, { autofanspeed: 0, fanspeed: 78 })
  t.strictSame(plan(OLD, { autofanspeed: 0, fanspeed: 40 }).body, { autofanspeed: 0, fanspeed: 40 })
  t.strictSame(plan(NEW, { autofanspeed: 0, fanspeed: 40 }).body, { autofanspeed: 0 })
})

t.test('while the fan is manual, fanspeed in an echo is a setting on firmware without manualFanSpeed', async (t) => {
  t.strictSame(plan(OLD, { autofanspeed: 0, fanspeed: 55 }, { autofanspeed: 0, fanspeed: 50 }).body, { fanspeed: 55 })
  t.equal(plan(OLD, { autofanspeed: 0, fanspeed: 50 }, { autofanspeed: 0, fanspeed: 50 }).body, null)
})

t.test('an echo never clears an overheat', async (t) => {
  t.equal(plan('bitaxe-gamma-601-v2.9.0.json', { overheat_mode: 0 }).body, null)
  t.equal(plan(NEW, { overheat_mode: 1 }).body, null)
})

t.test("an echo from before an overheat does not undo the miner's cooling", async (t) => {
  const cooling = { overheat_mode: 1, frequency: 425, coreVoltage: 1000, autofanspeed: 0, manualFanSpeed: 100 }
  const { body, refused } = plan(NEW, { hostname: 'shelf-3' }, cooling)
  t.strictSame(body, { hostname: 'shelf-3' })
  t.strictSame(
    refused.map(({ field }) => field).sort(),
    ['autofanspeed', 'coreVoltage', 'frequency', 'manualFanSpeed'],
    'and says so'
  )
  t.match(refused[0]?.reason, /overheated/)
})

t.test('an echo from after the overheat may set the clocks again', async (t) => {
  const { body } = plan(NEW, { overheat_mode: 1, frequency: 525 }, { overheat_mode: 1, frequency: 425 })
  t.strictSame(body, { frequency: 525 })
})

t.test('a miner that renamed itself keeps its name when the old one is echoed', async (t) => {
  const echo = { hostname: 'bitaxe' }
  t.equal(plan(NEW, echo, { hostname: 'bitaxe-c84f' }).body, null)
  t.strictSame(plan(NEW, echo, { hostname: 'bitaxe-1234' }).body, { hostname: 'bitaxe' })
})

t.test(
  'in an echo the flat pool keys of v2.15 are mirrors: an older primary pool is not written into the new one',
  async (t) => {
    const { reading } = echoOf(NEW)
    const [first, second] = reading.info.pools as Info[]
    const switched = {
      ...{ primaryPoolIndex: 1, secondaryPoolIndex: 0, stratumURL: second?.stratumURL },
      ...{ fallbackStratumURL: first?.stratumURL }
    }
    t.strictSame(plan(NEW, { primaryPoolIndex: 0, secondaryPoolIndex: 1 }, switched).body, {
      primaryPoolIndex: 0,
      secondaryPoolIndex: 1
    })
    t.strictSame(plan(NEW, { primaryPoolIndex: 1, secondaryPoolIndex: 0 }).body, {
      primaryPoolIndex: 1,
      secondaryPoolIndex: 0
    })
  }
)

t.test('in an echo, null is a failed reading and not a value to set', async (t) => {
  t.equal(plan(NEW, { frequency: null, stratumURL: null }).body, null)
})

t.test('faults and block data of an older echo are not reported as unknown settings', async (t) => {
  const { refused } = plan(NEW, { power_fault: 'VIN too low', hardware_fault: 'Fan Control Failed' })
  t.strictSame(refused, [])
})
