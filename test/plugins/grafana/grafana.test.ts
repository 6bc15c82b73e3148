import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import { createRenderer, readTemplate } from '../../../plugins/grafana/render.ts'
import device from '../../../src/dashboards/device.json' with { type: 'json' }
import overview from '../../../src/dashboards/overview.json' with { type: 'json' }
import { TEMPLATE_VERSION } from '../../../src/dashboards/template.ts'
import { until } from '../../helper.ts'
import { imprint, macNumber, uidsOf, withGrafana } from './helper.ts'

const MACS = [1, 2, 3].map(macNumber)
const [MAC = ''] = MACS

/** Templates of which that of a device is `ahead` versions newer than the committed one. */
const templateAhead = (ahead: number) => {
  const version = TEMPLATE_VERSION + ahead
  const template = { ...device, tags: ['pluto', `pluto-template-${version}`], description: `${ahead} ahead` }
  return { templates: { device: readTemplate(template), overview: readTemplate(overview) } }
}

t.test('each imprinted device gets one dashboard, and the fleet one more, in their own folder', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, MACS))
  await backend.settled()
  t.same([...grafana.dashboards.keys()].sort(), uidsOf(MACS))
  t.same([...grafana.folders.values()], [{ uid: 'pluto', title: 'Pluto' }])
  for (const { folderUid, model } of grafana.dashboards.values()) {
    t.equal(folderUid, 'pluto')
    t.equal(model.version, 1, 'written once')
  }
  t.equal(await backend.sample('pluto_grafana_up'), 1)
  t.equal(await backend.sample('pluto_grafana_dashboards{state="current"}'), 4)
})

t.test(
  'P20 a current dashboard is not written again, neither by the next reconciliation nor after a restart',
  async (t) => {
    const { grafana, start } = await withGrafana(t)
    const fleet = await imprint(t, MACS)
    const backend = await start(fleet)
    await backend.settled()
    await backend.close()
    const written = grafana.writes().length
    t.equal(written, 1 + 2 * 4, 'one folder, and each dashboard saved and published once')
    const looks = () => grafana.seen.filter(({ path }) => path === 'folders/pluto').length
    const before = looks()
    const again = await start(fleet, {}, { reconcileMs: 20 })
    await until('it has looked three times more', () => looks() >= before + 3)
    await again.settled()
    t.equal(grafana.writes().length, written)
  }
)

t.test('P20 a newer template replaces what an older one made, in place and once', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, MACS)
  for (const options of [{}, templateAhead(1)]) {
    const backend = await start(fleet, {}, options)
    await backend.settled()
    await backend.close()
  }
  t.same([...grafana.dashboards.keys()].sort(), uidsOf(MACS), 'none is doubled')
  for (const mac of MACS) {
    const model = grafana.dashboards.get(uidOf(mac))?.model
    t.match(model, { version: 2, description: '1 ahead' })
    t.equal(model?.tags.filter((tag) => tag.startsWith('pluto-template')).length, 1)
  }
  t.equal(grafana.dashboards.get('pluto-overview')?.model.version, 1, 'the overview has not changed')
  const older = await start(fleet)
  await older.settled()
  t.match(grafana.dashboards.get(uidOf(MAC))?.model, { version: 2, description: '1 ahead' }, 'an older one does not')
})

t.test('another data source reaches dashboards that are there', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [MAC])
  for (const uid of ['prometheus', 'vic"toria$&']) {
    const backend = await start(fleet, { GF_DATASOURCE_UID: uid })
    await backend.settled()
    await backend.close()
  }
  const text = JSON.stringify(grafana.dashboards.get(uidOf(MAC))?.model)
  t.notMatch(text, '"uid":"prometheus"')
  t.ok(text.includes(JSON.stringify({ type: 'prometheus', uid: 'vic"toria$&' })))
})

t.test('what users changed stays: panels, tags and the folder that they put it into', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [MAC])
  const backend = await start(fleet)
  await backend.settled()
  grafana.folders.set('mine', { uid: 'mine', title: 'Mine' })
  const found = grafana.dashboards.get(uidOf(MAC))
  if (!found) throw new Error('no dashboard')
  Object.assign(found.model, { panels: [{ id: 99 }], tags: [...found.model.tags, 'shed'] })
  found.folderUid = 'mine'
  backend.poll(MAC, 'shed')
  await until('it is retitled', () => grafana.dashboards.get(uidOf(MAC))?.model.version === 2)
  const { model, folderUid } = grafana.dashboards.get(uidOf(MAC)) ?? {}
  t.match(model, { title: `shed (${MAC})`, panels: [{ id: 99 }] })
  t.ok(model?.tags.includes('shed'))
  t.equal(folderUid, 'mine')
})

t.test('a dashboard that somebody deleted or retitled is restored by the next reconciliation', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [MAC]), {}, { reconcileMs: 20 })
  await backend.settled()
  grafana.dashboards.delete(uidOf(MAC))
  const found = await until('it is back', () => grafana.dashboards.get(uidOf(MAC)))
  found.model.title = 'What they call it'
  await until('its title is back', () => grafana.dashboards.get(uidOf(MAC))?.model.title === `Miner (${MAC})`)
})

t.test('a foreign dashboard is never replaced, not even one of the same title', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const { title } = createRenderer('prometheus').device(MAC, null)
  const foreign = { uid: 'theirs', title, tags: [], version: 7, id: 700 }
  grafana.dashboards.set('theirs', { model: foreign, folderUid: 'pluto' })
  const backend = await start(await imprint(t, [MAC]))
  await until('it is refused', () => backend.status().lastError)
  t.match(backend.status(), { state: 'degraded', lastError: /refused to save pluto-.*same name/ })
  t.equal(grafana.dashboards.get('theirs')?.model, foreign)
  t.notOk(grafana.dashboards.has(uidOf(MAC)))
})

t.test('a folder that is called Pluto already is used', async (t) => {
  const { grafana, start } = await withGrafana(t)
  grafana.folders.set('x1', { uid: 'x1', title: 'Pluto' })
  const backend = await start(await imprint(t, [MAC]))
  await backend.settled()
  t.equal(grafana.dashboards.get(uidOf(MAC))?.folderUid, 'x1')
})

t.test('somebody who saves in between is not overwritten, and no reason to fail', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [MAC])
  const backend = await start(fleet)
  await backend.settled()
  await backend.close()
  let saves = 0
  grafana.failWith({
    does: 412,
    hits(method, path) {
      const found = grafana.dashboards.get(uidOf(MAC))
      if (method === 'POST' && path === 'dashboards/db' && saves++ === 0 && found) found.model.version++
      return false
    }
  })
  const again = await start(fleet, {}, templateAhead(1))
  await again.settled()
  t.equal(saves, 2, 'the first attempt was refused')
  t.match(grafana.dashboards.get(uidOf(MAC))?.model, { version: 3, description: '1 ahead' })
})

t.test('without GF_HOST and GF_DASHBOARDS_DIR no request is sent and no metric is exported', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [MAC])
  const backend = await start(fleet, { GF_HOST: undefined } as object)
  t.same(await backend.dashboards(), [])
  t.same(backend.status(), { state: 'off', lastError: null })
  t.equal(await backend.sample('pluto_grafana_up'), undefined)
  t.same(grafana.seen, [])
})
