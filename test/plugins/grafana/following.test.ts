import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import { until } from '../../helper.ts'
import { imprint, macNumber, uidsOf, withGrafana } from './helper.ts'

const [A = '', B = '', C = ''] = [1, 2, 3].map(macNumber)

t.test('P20 a renamed device has the dashboard that it had, under its new name', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A, B], { [A]: 'bitaxe', [B]: 'bitaxe' }))
  await backend.settled()
  const titleOf = (mac: string) => grafana.dashboards.get(uidOf(mac))?.model.title
  t.same([A, B].map(titleOf), [`bitaxe (${A})`, `bitaxe (${B})`], 'one host name, two titles')
  backend.poll(A, 'garage')
  await until('it is retitled', () => titleOf(A) === `garage (${A})`)
  await backend.settled()
  t.same([...grafana.dashboards.keys()].sort(), uidsOf([A, B]))
  t.equal(grafana.dashboards.get(uidOf(A))?.model.version, 2)
  t.equal(grafana.dashboards.get(uidOf(B))?.model.version, 1)
  t.equal((await backend.dashboards()).find(({ uid }: { uid: string }) => uid === uidOf(A)).name, `garage (${A})`)
})

t.test('P20 two devices that swap their names keep their dashboards, in either order', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A, B], { [A]: 'left', [B]: 'right' }))
  await backend.settled()
  const idOf = (mac: string) => grafana.dashboards.get(uidOf(mac))?.model.id
  const before = [A, B].map(idOf)
  backend.poll(A, 'right')
  backend.poll(B, 'left')
  await until('both are retitled', () => [A, B].every((mac) => grafana.dashboards.get(uidOf(mac))?.model.version === 2))
  await backend.settled()
  t.same([A, B].map(idOf), before)
  for (const [mac, name] of [
    [A, 'right'],
    [B, 'left']
  ] as const) {
    const { model } = grafana.dashboards.get(uidOf(mac)) ?? {}
    t.equal(model?.title, `${name} (${mac})`)
    const [other = ''] = [A, B].filter((one) => one !== mac)
    t.ok(JSON.stringify(model?.panels).includes(mac))
    t.notOk(JSON.stringify(model?.panels).includes(other))
  }
})

t.test('P20 polls send nothing to Grafana', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A, B], { [A]: 'a', [B]: 'b' }))
  await backend.settled()
  const before = grafana.seen.length
  for (let i = 0; i < 1000; i++)
    for (const [mac, name] of Object.entries({ [A]: 'a', [B]: 'b' })) backend.poll(mac, name)
  backend.poll(A, 'renamed')
  await until('the rename is through', () => grafana.dashboards.get(uidOf(A))?.model.version === 2)
  await backend.settled()
  const paths = grafana.seen.slice(before).map(({ method, path }) => `${method} ${path}`)
  const page = `dashboards/uid/${uidOf(A)}/public-dashboards`
  t.same(paths, ['GET folders/pluto', `GET dashboards/uid/${uidOf(A)}`, 'POST dashboards/db', `GET ${page}`])
})

t.test(
  'a device that renames itself endlessly is followed five times, then by the next full reconciliation',
  async (t) => {
    const { grafana, start } = await withGrafana(t)
    const fleet = await imprint(t, [A], { [A]: 'name 0' })
    const backend = await start(fleet)
    await backend.settled()
    const version = () => grafana.dashboards.get(uidOf(A))?.model.version ?? 0
    for (let i = 1; i <= 5; i++) {
      backend.poll(A, `name ${i}`)
      await until('it is retitled', () => version() === i + 1)
      await backend.settled()
    }
    const before = grafana.seen.length
    for (let i = 6; i < 100; i++) backend.poll(A, `name ${i}`)
    backend.poll(B, 'nobody imprinted this one')
    await backend.add(B)
    await until('another device is looked after', () => grafana.pages.has(uidOf(B)))
    await backend.settled()
    t.notMatch(grafana.seen.slice(before), [{ path: `dashboards/uid/${uidOf(A)}` }])
    t.equal(version(), 6)
  }
)

t.test('a device that is imprinted later gets its dashboard at once', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A]))
  await backend.settled()
  const written = grafana.writes().length
  await backend.add(C)
  await until('it has a page', () => grafana.pages.has(uidOf(C)))
  await backend.settled()
  t.equal(grafana.writes().length, written + 2)
  t.ok(backend.publicUrlOf(C))
})

t.test('changes that come together are one round', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, []), {}, { batchMs: 50 })
  await backend.settled()
  const looks = () => grafana.seen.filter(({ path }) => path === 'folders/pluto').length
  const before = looks()
  for (let i = 0; i < 30; i++) await backend.add(macNumber(i))
  await until('all have pages', () => grafana.pages.size === 31)
  await backend.settled()
  t.ok(looks() - before <= 5, `${looks() - before} rounds`)
})

t.test('P03 a device that is removed keeps its dashboard and its page, unless data goes with the device', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A, B], { [A]: 'bitaxe', [B]: 'bitaxe_2' }))
  await backend.settled()
  await backend.remove(A)
  await backend.add(C)
  await until('a later change is through', () => grafana.pages.has(uidOf(C)))
  await backend.settled()
  t.ok(grafana.dashboards.has(uidOf(A)))
  t.equal(grafana.pages.get(uidOf(A))?.isEnabled, true)
  t.same(
    grafana.seen.filter(({ method }) => method === 'DELETE'),
    []
  )
  t.same(
    (await backend.dashboards()).map(({ uid }: { uid: string }) => uid).sort(),
    uidsOf([B, C]),
    'it is listed no more'
  )
  t.equal(backend.publicUrlOf(A), undefined)
})

t.test('P03 with DELETE_DATA_ON_DEVICE_REMOVE exactly that dashboard goes, its page before it', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [A, B], { [A]: 'bitaxe', [B]: 'bitaxe_2' })
  const backend = await start(fleet, { DELETE_DATA_ON_DEVICE_REMOVE: true })
  await backend.settled()
  const page = grafana.pages.get(uidOf(A))
  await backend.remove(A)
  await until('it is gone', () => !grafana.dashboards.has(uidOf(A)))
  await backend.settled()
  t.same([...grafana.dashboards.keys()].sort(), uidsOf([B]))
  const path = `dashboards/uid/${uidOf(A)}`
  t.same(
    grafana.seen.filter(({ method }) => method === 'DELETE').map(({ path }) => path),
    [`${path}/public-dashboards/${page?.uid}`, path]
  )
})

t.test('what could not be deleted is deleted later, also after a restart of the backend', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const fleet = await imprint(t, [A, B])
  const backend = await start(fleet, { DELETE_DATA_ON_DEVICE_REMOVE: true })
  await backend.settled()
  grafana.failWith({ does: 500, hits: (method) => method === 'DELETE' })
  await backend.remove(A)
  await until('it was tried', () => backend.status().state === 'degraded')
  await backend.close()
  grafana.failWith(null)
  t.ok(grafana.dashboards.has(uidOf(A)))
  await start(fleet, { DELETE_DATA_ON_DEVICE_REMOVE: true })
  await until('it is gone', () => !grafana.dashboards.has(uidOf(A)))
  t.ok(grafana.dashboards.has(uidOf(B)))
})

t.test('a device that is back before its dashboard was deleted keeps it', async (t) => {
  const { grafana, start } = await withGrafana(t)
  const backend = await start(await imprint(t, [A]), { DELETE_DATA_ON_DEVICE_REMOVE: true })
  await backend.settled()
  grafana.failWith({ does: 500 })
  await backend.remove(A)
  await until('it was tried', () => backend.status().state === 'degraded')
  await backend.add(A)
  grafana.failWith(null)
  await backend.settled()
  t.ok(grafana.dashboards.has(uidOf(A)))
  t.same(
    grafana.seen.filter(({ method, status }) => method === 'DELETE' && status === 200),
    []
  )
})
