import t from 'tap'
import { stripSecrets } from '../../src/redact.ts'

t.test('P19 secrets are removed at any depth, under every name they are known by', async (t) => {
  const stripped = stripSecrets({
    stratumUser: 'worker',
    stratumPassword: 'hunter2',
    fallbackStratumPassword: 'hunter2',
    wifiPass: 'hunter2',
    pools: [{ id: 0, stratumPassword: 'hunter2', deep: { wifiPassword: 'hunter2' } }],
    passed: 3,
    nothing: null
  })
  t.same(stripped, { stratumUser: 'worker', pools: [{ id: 0, deep: {} }], passed: 3, nothing: null })
})
