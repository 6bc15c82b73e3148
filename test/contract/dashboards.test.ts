import t from 'tap'
import { startImprinted } from './helper.ts'

t.test('GET /dashboards is a bare empty list without Grafana', async (t) => {
  const { send } = await startImprinted(t, { devices: 1 })
  const { status, body } = await send('GET', '/dashboards')
  t.equal(status, 200)
  t.same(body, [])
})
