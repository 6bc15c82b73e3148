import t from 'tap'
import { fixture } from '../helper.ts'
import { LENIENT, STRICT, bodyOn, POOLS, NERDQAXE, OLD_NERDQAXE, planOn, refuses, type Info } from './helper.ts'

const [first, second] = fixture(`info/${POOLS}.json`).pools as [Info, Info]

const slot = (id: number, changes: Info = {}): Info => ({
  ...(id === 0 ? first : second),
  stratumPassword: '*****',
  ...changes
})

t.test("scheme and port of a URL go into the firmware's own fields", async (t) => {
  for (const url of [
    'stratum+tcp://pool.test:4444',
    'pool.test:4444',
    'tcp://pool.test:4444/',
    ' STRATUM+TCP://pool.test:4444 '
  ]) {
    for (const capture of [LENIENT, STRICT, OLD_NERDQAXE]) {
      t.strictSame(bodyOn(capture, { stratumURL: url }), { stratumURL: 'pool.test', stratumPort: 4444 }, url)
    }
    t.strictSame(
      bodyOn(POOLS, { stratumURL: url }),
      { pools: [slot(0, { stratumURL: 'pool.test', stratumPort: 4444 })] },
      url
    )
    t.strictSame(
      planOn(LENIENT, { fallbackStratumURL: url }).changes.map(({ field }) => field),
      ['fallbackStratumURL', 'fallbackStratumPort']
    )
    t.strictSame(
      planOn(POOLS, { fallbackStratumURL: url }).changes.map(({ field }) => field),
      ['fallbackStratumURL', 'fallbackStratumPort']
    )
  }
  t.strictSame(bodyOn(LENIENT, { stratumURL: 'other.test' }), { stratumURL: 'other.test' })
  t.strictSame(bodyOn(LENIENT, { stratumURL: '[2001:db8::1]:4444' }), { stratumURL: '2001:db8::1', stratumPort: 4444 })
  t.strictSame(bodyOn(LENIENT, { stratumURL: '2001:db8::1' }), { stratumURL: '2001:db8::1' })
})

t.test("a miner's present pool is not written again in another spelling", async (t) => {
  for (const capture of [LENIENT, STRICT])
    t.equal(bodyOn(capture, { stratumURL: 'stratum+tcp://public-pool.io:21496' }), null)
  t.equal(bodyOn(POOLS, { stratumURL: 'stratum+tcp://pool.example.org:3333' }), null)
})

t.test('an encrypted scheme switches TLS on, a plain one off', async (t) => {
  for (const scheme of ['stratum+ssl', 'stratum+tls', 'ssl', 'tls']) {
    const url = `${scheme}://pool.test:4444`
    t.strictSame(bodyOn(POOLS, { stratumURL: url }), {
      pools: [slot(0, { stratumURL: 'pool.test', stratumPort: 4444, stratumTLS: 1 })]
    })
    t.strictSame(bodyOn(STRICT, { stratumURL: url }, { info: { stratumTLS: 0 } }), {
      stratumURL: 'pool.test',
      stratumPort: 4444,
      stratumTLS: 1
    })
    t.strictSame(bodyOn(STRICT, { stratumURL: url }, { info: { stratumTLS: 2 } }), {
      stratumURL: 'pool.test',
      stratumPort: 4444
    })
    t.strictSame(bodyOn(NERDQAXE, { fallbackStratumURL: url }), {
      fallbackStratumURL: 'pool.test',
      fallbackStratumPort: 4444,
      fallbackStratumTLS: true
    })
  }
  t.strictSame(bodyOn(NERDQAXE, { stratumURL: 'stratum+tcp://pool.test' }), {
    stratumURL: 'pool.test',
    stratumTLS: false
  })
})

t.test('an encrypted scheme is refused by firmware without TLS', async (t) => {
  for (const capture of [LENIENT, STRICT, OLD_NERDQAXE]) {
    refuses(
      t,
      capture,
      { stratumURL: 'stratum+ssl://pool.test:4444' },
      /^stratumURL = stratum\+ssl:.*: this firmware has no TLS for pools$/
    )
  }
})

t.test('a URL overrides an unchanged port and TLS flag, and is refused with contradicting changed ones', async (t) => {
  t.strictSame(bodyOn(LENIENT, { stratumURL: 'pool.test:4444', stratumPort: 21_496 }), {
    stratumURL: 'pool.test',
    stratumPort: 4444
  })
  t.strictSame(bodyOn(LENIENT, { stratumURL: 'pool.test:4444', stratumPort: '4444' }), {
    stratumURL: 'pool.test',
    stratumPort: 4444
  })
  refuses(
    t,
    LENIENT,
    { stratumURL: 'pool.test:4444', stratumPort: 5555 },
    /^stratumPort = 5555 is not allowed: the URL says 4444$/
  )
  refuses(
    t,
    POOLS,
    { fallbackStratumURL: 'pool.test:4444', fallbackStratumPort: '5555' },
    /^fallbackStratumPort = 5555/
  )
  refuses(t, POOLS, { pools: [{ id: 1, stratumURL: 'p.test:4444', stratumPort: 1 }] }, /^pools\[1\]\.stratumPort = 1/)
  refuses(t, LENIENT, { stratumURL: 'pool.test:4444', stratumPort: 'abc' }, /^stratumPort = abc/)
  t.match(bodyOn(POOLS, { stratumURL: 'tls://pool.test', stratumTLS: 2 }), { pools: [{ stratumTLS: 2 }] })
  t.match(bodyOn(POOLS, { stratumURL: 'tls://pool.test', stratumTLS: 0 }), { pools: [{ stratumTLS: 1 }] })
  refuses(
    t,
    NERDQAXE,
    { stratumURL: 'tls://pool.test', stratumTLS: false },
    /^stratumTLS = false is not allowed: the URL says true/
  )
})

t.test('text that is not the address of a pool is refused', async (t) => {
  for (const url of [
    ...[
      'http://pool.test',
      'stratum2+tcp://pool.test/key',
      'pool.test/path',
      'pool test',
      'pool.test:0',
      'pool.test:99999'
    ],
    ...['pool.test:', ':3333', 'stratum+tcp://', 'pool.test?x', 'pööl.test', 'a:b:c', 'pool.test:33x']
  ]) {
    for (const capture of [LENIENT, POOLS]) refuses(t, capture, { stratumURL: url }, /^stratumURL = /)
  }
})
