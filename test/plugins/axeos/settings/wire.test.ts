import t, { type Test } from 'tap'
import { listSettings } from '../../../../plugins/axeos/settings/settings.ts'
import type { Miner } from '../../../../src/simulator/types.ts'
import { simulate } from '../../../helper.ts'
import { startAxeos } from '../helper.ts'
import { LENIENT, STRICT, POOLS, NERDQAXE, OLD_NERDQAXE, type Info } from './helper.ts'

/** Requests, and the body that must reach the miner. */
type Case = [asked: Info, body: Info]

const same = (...cases: Info[]): Case[] => cases.map((body) => [body, body])
const pool = (prefix: 'stratum' | 'fallbackStratum'): Case[] => [
  [{ [`${prefix}URL`]: 'pool.test' }, { [`${prefix}URL`]: 'pool.test' }],
  [{ [`${prefix}Port`]: '4444' }, { [`${prefix}Port`]: 4444 }],
  [{ [`${prefix}User`]: 'worker.7' }, { [`${prefix}User`]: 'worker.7' }],
  [{ [`${prefix}Password`]: 'geheim' }, { [`${prefix}Password`]: 'geheim' }]
]
const common: Case[] = [
  ...same({ ssid: 'other-net' }, { wifiPass: 'geheim' }, { hostname: 'shelf-3' }, { temptarget: 50 }),
  ...same({ rotation: 180 }, { displayTimeout: 15 }, { statsFrequency: 90 }, { minFanSpeed: 35 }),
  ...same({ display: 'NONE' }, { autofanspeed: 0 }),
  [{ frequency: '550' }, { frequency: 550 }],
  [{ coreVoltage: '1200' }, { coreVoltage: 1200 }]
]
const flatPools: Case[] = [
  ...pool('stratum'),
  ...pool('fallbackStratum'),
  ...same({ stratumSuggestedDifficulty: 2048 }, { fallbackStratumSuggestedDifficulty: 2048 }),
  [{ stratumExtranonceSubscribe: true }, { stratumExtranonceSubscribe: 1 }],
  [{ fallbackStratumExtranonceSubscribe: 'true' }, { fallbackStratumExtranonceSubscribe: 1 }]
]

const slots = (index: 0 | 1, prefix: 'stratum' | 'fallbackStratum'): [Info, Info][] =>
  (
    [
      ['URL', 'pool.test'],
      ['Port', 4444],
      ['User', 'worker.7'],
      ['Password', 'geheim'],
      ['Protocol', 'SV2'],
      ['SuggestedDifficulty', 2048],
      ['ExtranonceSubscribe', true],
      ['TLS', 1],
      ['Cert', '-----BEGIN'],
      ['DecodeCoinbase', false],
      ['V2ChannelType', 'standard'],
      ['V2AuthorityPubkey', 'abc'],
      ['V2RequireAuth', true]
    ] as const
  ).flatMap(([suffix, value]): [Info, Info][] => [
    [{ [prefix + suffix]: value }, { slot: index, [`stratum${suffix}`]: value }],
    [{ pools: [{ id: index, [`stratum${suffix}`]: typeof value === 'number' ? value + 1 : flip(value) }] }, {}]
  ])

function flip(value: string | boolean): unknown {
  if (typeof value === 'boolean') return !value
  return { SV2: 'SV1', standard: 'extended' }[value] ?? `${value}2`
}

const cases: Record<string, Case[]> = {
  [LENIENT]: [
    ...common,
    ...flatPools,
    [{ overclockEnabled: false }, { overclockEnabled: 0 }],
    [{ invertscreen: true }, { invertscreen: 1 }],
    [{ fanspeed: '40' }, { fanspeed: 40 }],
    [{ manualFanSpeed: 45 }, { fanspeed: 45 }]
  ],
  'bitaxe-gamma-601-v2.7.0': [[{ flipscreen: false }, { flipscreen: 0 }]],
  'bitaxe-ultra-204-v2.1.8': [[{ invertfanpolarity: false }, { invertfanpolarity: 0 }]],
  'bitaxe-gamma-601-v2.9.0': [[{ overheat_mode: false }, { overheat_mode: 0 }]],
  [STRICT]: [
    ...common,
    ...flatPools,
    [{ overclockEnabled: 'true' }, { overclockEnabled: 1 }],
    [{ invertscreen: true }, { invertscreen: 1 }],
    [{ manualFanSpeed: '40' }, { manualFanSpeed: 40 }],
    [{ fanspeed: 45 }, { manualFanSpeed: 45 }],
    ...same({ displayOffset: 12 }),
    [{ useFallbackStratum: true }, { useFallbackStratum: 1 }]
  ],
  [POOLS]: [
    ...common,
    [{ overclockEnabled: true }, { overclockEnabled: 1 }],
    [{ invertscreen: true }, { invertscreen: 1 }],
    [{ manualFanSpeed: '40' }, { manualFanSpeed: 40 }],
    [{ fanspeed: 45 }, { manualFanSpeed: 45 }],
    ...same({ displayOffset: 12 }),
    [{ useFallbackStratum: true }, { useFallbackStratum: 1 }],
    [{ useCustomWWW: true }, { useCustomWWW: 1 }],
    ...slots(0, 'stratum'),
    ...slots(1, 'fallbackStratum'),
    ...same({ primaryPoolIndex: 1 }, { secondaryPoolIndex: 0 })
  ],
  [NERDQAXE]: [
    ...same({ ssid: 'other-net' }, { wifiPass: 'geheim' }, { hostname: 'shelf-3' }, { jobInterval: 700 }),
    ...same({ overheat_temp: 80 }, { autofanspeed: 0 }, { manualFanSpeed: 60 }, { pidTargetTemp: 60 }),
    ...same({ pidP: 5.5 }, { pidI: 0.25 }, { pidD: 12 }, { poolMode: 1 }, { poolBalance: 70 }),
    ...same({ stratumDifficulty: 4096 }, { vrFrequency: 25_000 }),
    [{ stratumSuggestedDifficulty: 8192 }, { stratumDifficulty: 8192 }],
    [{ fanspeed: 65 }, { manualFanSpeed: 65 }],
    [{ frequency: '575' }, { frequency: 575 }],
    [{ coreVoltage: '1180' }, { coreVoltage: 1180 }],
    [{ flipscreen: 1 }, { flipscreen: true }],
    [{ invertscreen: '1' }, { invertscreen: true }],
    [{ invertfanpolarity: 1 }, { invertfanpolarity: true }],
    [{ autoscreenoff: 0 }, { autoscreenoff: false }],
    ...pool('stratum'),
    ...pool('fallbackStratum'),
    [{ stratumTLS: 0 }, { stratumTLS: false }],
    [{ fallbackStratumTLS: 1 }, { fallbackStratumTLS: true }],
    [{ stratumEnonceSubscribe: 1 }, { stratumEnonceSubscribe: true }],
    [{ fallbackStratumEnonceSubscribe: 1 }, { fallbackStratumEnonceSubscribe: true }],
    [{ stratumExtranonceSubscribe: false }, { stratumEnonceSubscribe: false }]
  ],
  [OLD_NERDQAXE]: [
    [
      { autofanspeed: 0, manualFanSpeed: 70 },
      { autofanspeed: 0, fanspeed: 70 }
    ],
    [{ fanspeed: 75 }, { fanspeed: 75 }]
  ]
}

async function meet(t: Test, profile: string) {
  const fleet = await simulate(t, { devices: 1, profiles: [profile] })
  const [miner] = fleet.miners
  if (!miner) throw new Error('no miner')
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(miner.address)
  const options = await axeos.readAsicOptions(address, await axeos.readInfo(address))

  /** Changes settings as a command does: read, plan, write, read back. */
  async function set(wanted: Info) {
    const reading = await axeos.readInfo(address)
    const plan = axeos.planSettings(reading, options, wanted, { allowOverclock: false })
    if (plan.body) await axeos.writeSettings(address, plan.body)
    return { plan, result: axeos.verifySettings(plan, await axeos.readInfo(address)) }
  }
  return { miner, axeos, address, set }
}

/** The body of the last write, with its types on the wire. */
function lastBody({ writes }: Miner): Info {
  return JSON.parse(writes.at(-1)?.body ?? 'null')
}

for (const [profile, table] of Object.entries(cases)) {
  t.test(`each setting of ${profile} reaches it under its key, in its type, and is there afterwards`, async (t) => {
    const { miner, set } = await meet(t, profile)
    for (const [asked, body] of table) {
      const name = JSON.stringify(asked)
      const before = miner.writes.length
      const { plan, result } = await set(asked)
      if ('slot' in body || 'pools' in asked) checkSlot(t, lastBody(miner), asked, body)
      else t.strictSame(lastBody(miner), body, name)
      t.equal(miner.writes.length, before + 1, name)
      t.not(Object.keys(miner.writes.at(-1)?.applied ?? {}).length, 0, `${name} is applied`)
      t.strictSame(result.notApplied, [], name)
      t.equal(result.applied.length, plan.changes.length, name)
    }
  })
}

/** Checks that the whole slot is written with only the requested value changed. */
function checkSlot(t: Test, { pools }: Info, asked: Info, { slot, ...changed }: Info) {
  const [sent, ...others] = pools as Info[]
  t.strictSame(others, [])
  t.equal(Object.keys(sent ?? {}).length, 14, 'all that a slot has')
  const expected = 'pools' in asked ? (asked.pools as Info[])[0] : { id: slot, ...changed }
  for (const [key, value] of Object.entries(expected ?? {})) t.equal(sent?.[key], value, key)
  const asksPassword = JSON.stringify(asked).includes('Password')
  t.equal(sent?.stratumPassword === '*****', !asksPassword)
}

t.test('the cases above cover every setting of each dialect', async (t) => {
  for (const profile of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    const { axeos, address } = await meet(t, profile)
    const covered = new Set((cases[profile] ?? []).flatMap(([asked]) => Object.keys(asked)))
    const listed = [...listSettings(await axeos.readInfo(address)).keys()]
    const left = listed.filter((field) => !covered.has(field) && !/^(pools|fans)\[/.test(field))
    t.strictSame(
      left.filter((field) => field !== 'wifiPassword' && field !== 'overheat_mode'),
      aliasesLeft(profile),
      profile
    )
  }
})

function aliasesLeft(profile: string): string[] {
  return profile === NERDQAXE ? ['fallbackStratumExtranonceSubscribe'] : []
}

t.test('flags of strict firmware are written in the type that its info shows', async (t) => {
  const { miner, set } = await meet(t, STRICT)
  miner.override({ invertscreen: false, autofanspeed: true })
  await set({ invertscreen: 1, autofanspeed: 0 })
  t.strictSame(lastBody(miner), { invertscreen: true, autofanspeed: false })
})

t.test('every fan of a NerdQAxe is written with all of its settings when one changes', async (t) => {
  const { miner, set } = await meet(t, NERDQAXE)
  const fans = structuredClone(miner.info().fans) as Info[]
  const [first, second] = fans
  const { plan, result } = await set({ fans: [first, { ...second, mode: 0, rpm: 1, pid: { targetTemp: '58' } }] })
  t.strictSame(lastBody(miner), {
    fans: [
      { mode: 2, manualSpeed: 79, overheatTemp: 90, pid: { targetTemp: 55, p: 6, i: 0.1, d: 10 } },
      { mode: 0, manualSpeed: 100, overheatTemp: 70, pid: { targetTemp: 58, p: 6, i: 0.1, d: 10 } }
    ]
  })
  t.strictSame(
    plan.changes.map(({ field, to }) => [field, to]),
    [
      ['fans[1].mode', 0],
      ['fans[1].pid.targetTemp', 58]
    ]
  )
  t.equal(result.applied.length, 2)
  t.strictSame(result.notApplied, [])
})

t.test('a setting of the first fan and one of another fan are both applied', async (t) => {
  const { miner, set } = await meet(t, NERDQAXE)
  const fans = structuredClone(miner.info().fans) as Info[]
  await set({ autofanspeed: 0, fans: [{}, { ...fans[1], manualSpeed: 50 }] })
  t.match(lastBody(miner), { autofanspeed: 0, fans: [{ mode: 0, manualSpeed: 79 }, { manualSpeed: 50 }] })
})

t.test('P26 a setting of another firmware is refused with the version that added it', async (t) => {
  const { miner, set } = await meet(t, STRICT)
  const { plan } = await set({ stratumTLS: 1, pools: [], flipscreen: true, jobInterval: 5, hasOwnProperty: 1, foo: 1 })
  t.equal(miner.writes.length, 0)
  const reasons = Object.fromEntries(plan.refused.map(({ field, reason }) => [field, reason]))
  t.strictSame(reasons, {
    stratumTLS: 'this firmware (v2.12.2) has no setting of that name: ESP-Miner v2.13.0 added it',
    pools: 'this firmware (v2.12.2) has no setting of that name: ESP-Miner v2.15.0 added it',
    flipscreen: 'this firmware (v2.12.2) has no setting of that name: ESP-Miner had it up to v2.8',
    jobInterval: 'this firmware (v2.12.2) has no setting of that name: only NerdQAxe has it',
    hasOwnProperty: 'this firmware (v2.12.2) has no setting of that name',
    foo: 'this firmware (v2.12.2) has no setting of that name'
  })
})
