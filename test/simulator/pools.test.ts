import t from 'tap'
import { ask, infoOf, minerOf, patch } from './helper.ts'

const pool = { id: 0, stratumURL: 'new.example', stratumPort: 4444, stratumUser: 'w.9' }

t.test('since v2.15 flat pool keys are answered with 200 and ignored', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.equal(await patch(miner, { stratumURL: 'new.example', stratumPort: 1, fallbackStratumUser: 'x' }), 200)
  t.match(await infoOf(miner), { stratumURL: 'pool.example.org', stratumPort: 3333 })
  t.strictSame(miner.writes[0]?.applied, {})
})

t.test('a pool object replaces its slot and shows in the flat keys; the others stay', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.equal(await patch(miner, { pools: [{ ...pool, stratumTLS: 1, stratumPassword: 'planted' }] }), 200)
  const info = await infoOf(miner)
  t.match(info, {
    stratumURL: 'new.example',
    stratumPort: 4444,
    stratumUser: 'w.9',
    stratumTLS: 1,
    fallbackStratumURL: 'fallback.example.org'
  })
  t.match(info['pools'], [
    { id: 0, stratumURL: 'new.example', stratumPassword: '*****', stratumSuggestedDifficulty: 1000 },
    { id: 1 }
  ])
  t.equal(miner.secrets()['pools.0'], 'planted')
  t.notMatch(JSON.stringify(info), /planted/)
})

t.test('a pool without password gets x, one with ***** keeps what it has', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  const before = miner.secrets()['pools.0']
  await patch(miner, { pools: [{ ...pool, stratumPassword: '*****' }] })
  t.equal(miner.secrets()['pools.0'], before)
  await patch(miner, { pools: [pool] })
  t.equal(miner.secrets()['pools.0'], 'x')
})

t.test('a wrong pool makes the whole PATCH fail', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  const wrong = [
    { stratumPort: '3333' },
    { stratumPort: 0 },
    { stratumUser: '' },
    { stratumURL: undefined },
    { id: 8 },
    { stratumTLS: 3 }
  ]
  for (const change of wrong) {
    t.equal(await patch(miner, { frequency: 400, pools: [{ ...pool, ...change }] }), 400, JSON.stringify(change))
  }
  t.equal(await patch(miner, { pools: {} }), 400)
  t.match(await infoOf(miner), { frequency: 525, stratumURL: 'pool.example.org' })
})

t.test('the primary pool can be another slot', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.equal(await patch(miner, { primaryPoolIndex: 1, secondaryPoolIndex: 0 }), 200)
  t.match(await infoOf(miner), { stratumURL: 'fallback.example.org', fallbackStratumURL: 'pool.example.org' })
})

t.test('PUT fills a slot and DELETE empties it, unless it is in use', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.match(await ask(miner, 'PUT', '/api/system/pools/2', { body: pool }), {
    status: 200,
    text: '{"message":"Pool updated successfully"}'
  })
  t.match((await infoOf(miner))['pools'], [{ id: 0 }, { id: 1 }, { id: 2, stratumURL: 'new.example' }])
  t.match(await ask(miner, 'DELETE', '/api/system/pools/2'), { status: 200 })
  t.equal(JSON.stringify((await infoOf(miner))['pools']).includes('new.example'), false)
  t.match(await ask(miner, 'DELETE', '/api/system/pools/0'), { status: 400, text: /currently selected/ })
  t.match(await ask(miner, 'PUT', '/api/system/pools/8', { body: pool }), { status: 400, text: 'Invalid pool index' })
  t.match(await ask(miner, 'PUT', '/api/system/pools/3', { body: {} }), {
    status: 400,
    text: 'Invalid pool configuration payload'
  })
  t.match(await ask(miner, 'PUT', '/api/system/pools/3', { body: '{' }), { status: 400, text: 'Invalid JSON' })
})

t.test('older firmware has no pool slots', async (t) => {
  t.equal((await ask(await minerOf(t, 'v2.12.2'), 'PUT', '/api/system/pools/0', { body: pool })).status, 404)
})
