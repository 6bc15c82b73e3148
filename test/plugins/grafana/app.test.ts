import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import { startFakeGrafana } from '../../support/fake-grafana.ts'
import { until, watchFleet } from '../../helper.ts'
import { QUICK } from './helper.ts'

t.test('dashboards of a fleet appear, follow a rename and are removed', async (t) => {
  const grafana = await startFakeGrafana(t)
  const { app, fleet, url } = await watchFleet(
    t,
    { devices: 3 },
    { GF_HOST: grafana.url, DELETE_DATA_ON_DEVICE_REMOVE: true },
    { grafana: QUICK }
  )
  const [a, b] = fleet.miners
  if (!a || !b) throw new Error('two miners')
  const get = async (path: string) => JSON.parse(await (await fetch(url + path)).text())
  await until('all are published', async () => (await get('/dashboards')).length === 4)

  const dashboard = (await get('/dashboards')).find(({ uid }: { uid: string }) => uid === uidOf(a.mac))
  t.equal((await get(`/devices/imprint/${a.mac}`)).data.publicDashboardUrl, dashboard.publicUrl)
  for (const { mac, publicDashboardUrl } of (await get('/devices/imprint')).data)
    t.ok(publicDashboardUrl.includes(grafana.pages.get(uidOf(mac))?.accessToken))
  t.match(await get('/readyz'), { status: 'ready', grafana: { state: 'ok', lastError: null } })
  t.match(await (await fetch(`${url}/metrics`)).text(), /^pluto_grafana_up 1$/m)

  a.rename('north')
  b.rename('north')
  for (const { mac } of [a, b])
    await until('it is retitled', () => grafana.dashboards.get(uidOf(mac))?.model.title === `north (${mac})`)

  const answer = await fetch(`${url}/devices/imprint/${a.mac}`, { method: 'DELETE' })
  t.equal(answer.status, 200, await answer.text())
  await until('its dashboard is gone', () => !grafana.dashboards.has(uidOf(a.mac)))
  t.ok(grafana.dashboards.has(uidOf(b.mac)))
  t.equal((await get('/dashboards')).length, 3)
  t.equal(app.grafana.status().state, 'ok')
})

t.test('P21 requests that read make no request to Grafana', async (t) => {
  const grafana = await startFakeGrafana(t)
  const { fleet, url } = await watchFleet(t, { devices: 2 }, { GF_HOST: grafana.url }, { grafana: QUICK })
  await until('all are published', () => grafana.pages.size === 3)
  const polls = () => fleet.miners.map((miner) => Number(miner.info().uptimeSeconds)).join()
  await until('Grafana gets no more requests', async () => {
    const [asked, now] = [grafana.seen.length, polls()]
    await until('time has passed', () => polls() !== now)
    return grafana.seen.length === asked
  })
  const before = grafana.seen.length
  for (const path of [
    '/dashboards',
    '/devices/imprint',
    `/devices/imprint/${fleet.miners[0]?.mac}`,
    '/readyz',
    '/metrics'
  ])
    for (let i = 0; i < 5; i++) t.ok(await (await fetch(url + path)).text())
  t.equal(grafana.seen.length, before)
})
