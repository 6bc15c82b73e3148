import t from 'tap'
import { fixture } from '../helper.ts'
import { LENIENT, STRICT, bodyOn, POOLS, NERDQAXE, planOn, refuses, type Info } from './helper.ts'

const [first, second] = fixture(`info/${POOLS}.json`).pools as [Info, Info]
const FLAT = [LENIENT, STRICT, NERDQAXE]

const slot = (id: number, changes: Info = {}): Info => ({
  ...(id === 0 ? first : second),
  stratumPassword: '*****',
  ...changes
})

t.test('P25 the user name of a preset is applied, with host, port and password', async (t) => {
  const preset = { stratumURL: 'pool.test', stratumPort: '4444', stratumUser: 'me.{x}', stratumPassword: 'geheim' }
  const expected = { ...preset, stratumPort: 4444 }
  for (const capture of FLAT) t.strictSame(bodyOn(capture, preset), expected, capture)
  t.strictSame(bodyOn(POOLS, preset), { pools: [slot(0, expected)] })
})

t.test('P32 flat pool keys are never sent to firmware that ignores them', async (t) => {
  const flat = Object.fromEntries(
    Object.entries(fixture(`info/${POOLS}.json`)).filter(([key]) => /^(fallbackS|s)tratum/.test(key))
  )
  const wanted = Object.fromEntries(
    Object.entries({ ...flat, stratumPassword: 'p', fallbackStratumPassword: 'q' }).map(([key, value]) => [
      key,
      other(key, value)
    ])
  )
  const { body, changes } = planOn(POOLS, wanted)
  t.strictSame(Object.keys(body ?? {}), ['pools'])
  t.strictSame(
    changes.map(({ field }) => field).sort(),
    Object.keys(wanted).sort(),
    'under the names that were asked for'
  )
  t.strictSame(
    (body?.pools as Info[]).map(({ id }) => id),
    [0, 1]
  )
})

function other(key: string, value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (key.endsWith('Protocol')) return 'SV2'
  if (key.endsWith('ChannelType')) return 'standard'
  return typeof value === 'number' ? value + 1 : `${String(value)}x`
}

t.test('a slot is written as a whole, and its password is kept explicitly', async (t) => {
  const { body, changes, restartRequired } = planOn(POOLS, { fallbackStratumUser: 'other' })
  t.strictSame(body, { pools: [slot(1, { stratumUser: 'other' })] })
  t.strictSame(changes, [{ field: 'fallbackStratumUser', from: second.stratumUser, to: 'other' }])
  t.equal(restartRequired, true)
  t.strictSame(bodyOn(POOLS, { stratumPassword: 'geheim' }), { pools: [slot(0, { stratumPassword: 'geheim' })] })
})

t.test('unknown keys of a slot are kept', async (t) => {
  const pools = [{ ...first, weight: 3 }, second]
  t.match(bodyOn(POOLS, { stratumPort: 1 }, { info: { pools } }), { pools: [{ weight: 3, stratumPort: 1 }] })
})

t.test('an echoed list of pools is compared slot by slot', async (t) => {
  const echo = (pools: Info[]) => ({ ...fixture(`info/${POOLS}.json`), pools })
  t.equal(bodyOn(POOLS, echo([first, second])), null)
  t.strictSame(bodyOn(POOLS, echo([first, { ...second, stratumPort: 4444 }])), {
    pools: [slot(1, { stratumPort: 4444 })]
  })
  t.strictSame(bodyOn(POOLS, echo([{ ...first, stratumPassword: 'geheim' }])), {
    pools: [slot(0, { stratumPassword: 'geheim' })]
  })
  t.strictSame(bodyOn(POOLS, { ...fixture(`info/${POOLS}.json`), stratumPort: 4444 }), {
    pools: [slot(0, { stratumPort: 4444 })]
  })
  t.strictSame(bodyOn(POOLS, { pools: [{ id: 1, stratumPort: '4444' }] }), { pools: [slot(1, { stratumPort: 4444 })] })
})

t.test('different values under the slot name and the flat name are refused', async (t) => {
  const wanted = { pools: [{ id: 0, stratumPort: 4444 }], stratumPort: 5555 }
  refuses(t, POOLS, wanted, /^stratumPort = 5555 is not allowed: pools\[0\]\.stratumPort of the same pool/)
  t.strictSame(bodyOn(POOLS, { ...wanted, stratumPort: 4444 }), { pools: [slot(0, { stratumPort: 4444 })] })
})

t.test('flat names mean the pools in use after the request', async (t) => {
  const info = { primaryPoolIndex: 1, secondaryPoolIndex: 0 }
  t.strictSame(bodyOn(POOLS, { stratumPort: 4444 }, { info }), { pools: [slot(1, { stratumPort: 4444 })] })
  t.strictSame(bodyOn(POOLS, { primaryPoolIndex: 1, stratumPort: 4444 }), {
    pools: [slot(1, { stratumPort: 4444 })],
    primaryPoolIndex: 1
  })
})

const only = {
  pools: [first],
  secondaryPoolIndex: 0,
  primaryPoolIndex: 0,
  fallbackStratumURL: '',
  fallbackStratumUser: ''
}
const fallback = { fallbackStratumURL: 'pool.test:4444', fallbackStratumUser: 'w' }

t.test('a new fallback pool gets the lowest free slot', async (t) => {
  const made = { id: 1, stratumURL: 'pool.test', stratumPort: 4444, stratumUser: 'w' }
  const { body, changes } = planOn(POOLS, fallback, { info: only })
  t.strictSame(body, { secondaryPoolIndex: 1, pools: [made] })
  t.strictSame(
    changes.map(({ field }) => field),
    ['secondaryPoolIndex', 'fallbackStratumURL', 'fallbackStratumUser', 'fallbackStratumPort']
  )
  t.strictSame(bodyOn(POOLS, fallback, { info: { ...only, secondaryPoolIndex: 1 } }), { pools: [made] })
  t.strictSame(bodyOn(POOLS, fallback, { info: { ...only, pools: [first, second], secondaryPoolIndex: 5 } }), {
    secondaryPoolIndex: 2,
    pools: [{ ...made, id: 2 }]
  })
  t.strictSame(bodyOn(POOLS, { ...fallback, secondaryPoolIndex: 4 }, { info: only }), {
    secondaryPoolIndex: 4,
    pools: [{ ...made, id: 4 }]
  })
})

t.test('a new pool needs host, port and user', async (t) => {
  refuses(t, POOLS, { fallbackStratumURL: 'pool.test', fallbackStratumUser: 'w' }, /^fallbackStratumPort = nothing/, {
    info: only
  })
  refuses(t, POOLS, { fallbackStratumURL: 'pool.test:1' }, /^fallbackStratumUser = nothing/, { info: only })
  refuses(t, POOLS, { fallbackStratumUser: 'w', fallbackStratumPort: 1 }, /^fallbackStratumURL = nothing/, {
    info: only
  })
  refuses(t, POOLS, { pools: [{ id: 3, stratumPort: 1 }] }, /^pools\[3\]\.stratumURL = nothing/)
  t.equal(
    bodyOn(POOLS, { fallbackStratumURL: '', fallbackStratumPort: 3333, fallbackStratumUser: '' }, { info: only }),
    null
  )
})

t.test('a new pool is refused when all slots are in use', async (t) => {
  const pools = Array.from({ length: 8 }, (_, id) => ({ ...first, id }))
  refuses(t, POOLS, fallback, /^secondaryPoolIndex = none .*in use/, { info: { ...only, pools } })
})

t.test('a pool that is not in use changes without a restart', async (t) => {
  const pools = [first, second, { ...second, id: 4 }]
  const { body, restartRequired } = planOn(POOLS, { pools: [{ id: 4, stratumPort: 4444 }] }, { info: { pools } })
  t.match(body, { pools: [{ id: 4, stratumPort: 4444, stratumPassword: '*****' }] })
  t.equal(restartRequired, false)
})

t.test('an unknown key of a pool is reported and not sent', async (t) => {
  const { body, refused } = planOn(POOLS, { pools: [{ id: 0, foo: 1, stratumPort: 4444 }] })
  t.strictSame(refused, [{ field: 'pools[0].foo', reason: 'a pool has no setting of that name' }])
  t.strictSame(body, { pools: [slot(0, { stratumPort: 4444 })] })
})
