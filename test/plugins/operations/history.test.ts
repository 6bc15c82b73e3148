import t from 'tap'
import type { Operation } from '../../../schemas/operation.ts'
import { build } from '../../helper.ts'
import { ended, look, quietFleet, run } from './helper.ts'

const gamma = ['gamma-601-v2.12.2']

t.test('the last hundred operations are kept, each with its devices, and no more', async (t) => {
  const DATA_DIR = t.testdir()
  const { app } = await quietFleet(t, { devices: 2, profiles: gamma }, { DATA_DIR })
  const ids: string[] = []
  for (let i = 0; i < 103; i++) ids.push((await run(app, { filter: {}, action: 'identify' })).id)
  const kept = ids.slice(3).reverse()
  const listed = async () => (await app.inject('/operations')).json<{ data: Operation[] }>().data.map(({ id }) => id)
  t.same(await listed(), kept)
  for (const id of ids.slice(0, 3)) {
    t.equal((await app.inject(`/operations/${id}`)).statusCode, 404)
    t.same(await app.db.operationRows.list(id), [])
  }
  await app.close()
  const again = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  t.same(
    again.operations.list().map(({ id }) => id),
    kept
  )
  t.match(await look(again, kept.at(-1) ?? ''), { devices: [{ status: 'applied' }, { status: 'applied' }] })
})

t.test('operations are listed without their devices', async (t) => {
  const { app } = await quietFleet(t, { devices: 2, profiles: gamma })
  const { id } = await run(app, { filter: {}, action: 'identify' })
  await ended(app, id)
  const [listed] = (await app.inject('/operations')).json<{ data: object[] }>().data
  t.match(listed, { id, status: 'done', counts: { applied: 2 } })
  t.notOk(listed && 'devices' in listed)
})
