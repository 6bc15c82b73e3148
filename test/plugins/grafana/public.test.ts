import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import { until } from '../../helper.ts'
import { imprint, macNumber, withGrafana } from './helper.ts'

const [A = '', B = ''] = [1, 2].map(macNumber)

t.test('every dashboard is published, and listed with the path of its public page', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A], { [A]: 'garage' }))
  t.same(await backend.dashboards(), [], 'nothing is known before the first look has ended')
  await backend.settled()
  const list = await backend.dashboards()
  t.same(
    list.map(({ name, uid }: { name: string; uid: string }) => [name, uid]),
    [
      ['Pluto overview', 'pluto-overview'],
      [`garage (${A})`, uidOf(A)]
    ]
  )
  for (const { uid, grafanaData, publicUrl } of list) {
    const { timeSettings: _, ...page } = grafana.pages.get(uid) ?? { timeSettings: null }
    t.same(grafanaData, page)
    t.match(grafanaData, { dashboardUid: uid, isEnabled: true, timeSelectionEnabled: true, annotationsEnabled: false })
    t.equal(publicUrl, `/grafana/public-dashboards/${grafanaData.accessToken}?orgId=1`)
  }
  t.equal(backend.publicUrlOf(A), list[1].publicUrl)
  t.equal(backend.publicUrlOf(B), undefined)
})

t.test('P21 GET /dashboards sends nothing to Grafana and writes nothing, even while Grafana is down', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A]))
  await backend.settled()
  const before = grafana.seen.length
  const list = await backend.dashboards()
  for (let i = 0; i < 50; i++) t.same(await backend.dashboards(), list)
  t.equal(grafana.seen.length, before)
  backend.poll(A, 'renamed')
  await until('what is to be done is done', () => grafana.dashboards.get(uidOf(A))?.model.version === 2)
  await backend.settled()
  t.notMatch(JSON.stringify(grafana.seen.slice(before)), 'pluto-overview', 'reading has put nothing off until later')

  const [asked, renamed] = [grafana.seen.length, await backend.dashboards()]
  await grafana.stop()
  t.same(await backend.dashboards(), renamed)
  t.equal(grafana.seen.length, asked)
  t.equal(backend.status().state, 'ok')
})

t.test('with a token nothing is published unless GF_PUBLIC says so', async (t) => {
  const token = 'glsa_token'
  const { grafana, start } = await withGrafana(t, { token })
  const fleet = await imprint(t, [A])
  const closed = await start(fleet, { GF_TOKEN: token })
  await closed.settled()
  t.equal(grafana.dashboards.size, 2)
  t.same(await closed.dashboards(), [])
  t.notOk(grafana.seen.some(({ path }) => path.includes('public')))
  await closed.close()
  const open = await start(fleet, { GF_TOKEN: token, GF_PUBLIC: true })
  await open.settled()
  t.equal(grafana.pages.size, 2)
  t.equal((await open.dashboards()).length, 2)
})

t.test('GF_PUBLIC=false publishes nothing without a token either', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A]), { GF_PUBLIC: false })
  await backend.settled()
  t.equal(grafana.pages.size, 0)
  t.equal(backend.publicUrlOf(A), undefined)
})

t.test('a page that a user closed or deleted stays so, also after a restart', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [A, B])
  const backend = await start(fleet)
  await backend.settled()
  await backend.close()
  Object.assign(grafana.pages.get(uidOf(A)) ?? {}, { isEnabled: false })
  grafana.pages.delete(uidOf(B))
  const again = await start(fleet)
  await again.settled()
  t.equal(grafana.pages.get(uidOf(A))?.isEnabled, false)
  t.notOk(grafana.pages.has(uidOf(B)))
  t.equal(again.publicUrlOf(A), undefined)
  t.match(
    (await again.dashboards()).find(({ uid }: { uid: string }) => uid === uidOf(A)),
    { grafanaData: { isEnabled: false } }
  )
})

t.test('a page that was there before, closed, is opened once', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [A])
  const first = await start(fleet, { GF_PUBLIC: false })
  await first.settled()
  await first.close()
  grafana.handle('POST', `dashboards/uid/${uidOf(A)}/public-dashboards`, { isEnabled: false, share: 'public' })
  const backend = await start(fleet)
  await backend.settled()
  t.equal(grafana.pages.get(uidOf(A))?.isEnabled, true)
  t.equal(grafana.seen.filter(({ method }) => method === 'PATCH').length, 1)
})

t.test('a dashboard that had to be created again is published again', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A]), {}, { reconcileMs: 20 })
  await backend.settled()
  const before = grafana.pages.get(uidOf(A))?.accessToken
  grafana.handle('DELETE', `dashboards/uid/${uidOf(A)}`, undefined)
  const page = await until('it is published', () => grafana.pages.get(uidOf(A)))
  t.not(page.accessToken, before)
  await until('the new page is listed', () => backend.publicUrlOf(A)?.includes(page.accessToken))
})

t.test('the sub-path is part of requests and of public paths, and may be empty', async (t) => {
  for (const [GF_SUB_PATH, subPath] of [
    ['/', ''],
    ['/a/graf/', '/a/graf']
  ] as const) {
    const { grafana, start } = await withGrafana(t, { subPath })
    const backend = await start(await imprint(t, [A]), { GF_SUB_PATH, GF_HOST: `${grafana.url}/` })
    await backend.settled()
    t.equal(
      backend.publicUrlOf(A)?.split('?')[0],
      `${subPath}/public-dashboards/${grafana.pages.get(uidOf(A))?.accessToken}`
    )
  }
})
