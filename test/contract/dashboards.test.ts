import t from 'tap'
import { startFakeGrafana } from '../support/fake-grafana.ts'
import { until } from '../helper.ts'
import { ISO, listed, startImprinted } from './helper.ts'

interface Dashboard {
  name: string
  uid: string
  grafanaData: Record<string, unknown>
  publicUrl: string
}

t.test('GET /dashboards is a bare empty list without Grafana', async (t) => {
  const { send } = await startImprinted(t, { devices: 1 })
  const { status, body } = await send('GET', '/dashboards')
  t.equal(status, 200)
  t.same(body, [])
})

t.test(
  'P21 GET /dashboards lists one for each device and an overview, published, and reading changes nothing',
  async (t) => {
    const grafana = await startFakeGrafana(t)
    const { send, macs } = await startImprinted(t, { devices: 2 }, { GF_HOST: grafana.url })
    const dashboards = await until('all are published', async () => {
      const { status, body } = await send<Dashboard[]>('GET', '/dashboards')
      t.equal(status, 200)
      return body.length === 3 ? body : null
    })
    for (const { name, uid, grafanaData, publicUrl } of dashboards) {
      t.match({ name, uid }, { name: String, uid: String })
      t.match(grafanaData, { uid: String, dashboardUid: uid, accessToken: /^[0-9a-f]+$/, isEnabled: true }, name)
      t.match(grafanaData, { timeSelectionEnabled: Boolean, createdAt: ISO, updatedAt: ISO }, name)
      t.equal(publicUrl, `/grafana/public-dashboards/${grafanaData['accessToken']}?orgId=1`, name)
      t.equal(grafana.pages.get(uid)?.accessToken, grafanaData['accessToken'], name)
    }
    const urls = dashboards.map(({ publicUrl }) => publicUrl)
    for (const mac of macs) t.ok(urls.includes(String((await listed({ send }, mac)).publicDashboardUrl)), mac)
    const before = grafana.writes().length
    for (const path of ['/dashboards', '/devices/imprint', '/devices/discovered', '/metrics', '/readyz'])
      await send('GET', path)
    t.equal(grafana.writes().length, before)
  }
)
