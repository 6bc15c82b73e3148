import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { uidOf } from '../../../plugins/grafana/names.ts'
import { until } from '../../helper.ts'
import { imprint, macNumber, startBackend, uidsOf, withGrafana } from './helper.ts'

const [A = '', B = ''] = [1, 2].map(macNumber)
const read = (directory: string, uid: string) => JSON.parse(readFileSync(join(directory, `${uid}.json`), 'utf8'))

t.test('P02 P18 dashboards go to files that are named only by MACs, and Grafana gets no request', async (t) => {
  const { grafana } = await withGrafana(t)
  const GF_DASHBOARDS_DIR = join(t.testdir(), 'not', 'there', 'yet')
  const fleet = await imprint(t, [A, B], { [A]: '../../../etc/passwd', [B]: 'CON.json\0' })
  const backend = await startBackend(t, fleet, { GF_DASHBOARDS_DIR, GF_HOST: grafana.url })
  await backend.settled()
  t.same(
    readdirSync(GF_DASHBOARDS_DIR).sort(),
    uidsOf([A, B]).map((uid) => `${uid}.json`)
  )
  t.match(read(GF_DASHBOARDS_DIR, uidOf(A)), { id: null, uid: uidOf(A), title: `../../../etc/passwd (${A})` })
  t.same(grafana.seen, [])
  t.same(await backend.dashboards(), [])
  t.equal(backend.status().state, 'ok')
})

t.test('P20 a file is written only on change, and replaced as a whole', async (t) => {
  const GF_DASHBOARDS_DIR = t.testdir()
  const fleet = await imprint(t, [A, B], { [A]: 'a', [B]: 'b' })
  const backend = await startBackend(t, fleet, { GF_DASHBOARDS_DIR })
  await backend.settled()
  const inodeOf = (mac: string) => statSync(join(GF_DASHBOARDS_DIR, `${uidOf(mac)}.json`)).ino
  const before = [A, B].map(inodeOf)
  for (let i = 0; i < 100; i++) backend.poll(B, 'b')
  backend.poll(A, 'renamed')
  await until('it is retitled', () => read(GF_DASHBOARDS_DIR, uidOf(A)).title === `renamed (${A})`)
  await backend.settled()
  t.not(inodeOf(A), before[0], 'another file took its place')
  t.equal(inodeOf(B), before[1])
  await backend.close()
  const again = await startBackend(t, fleet, { GF_DASHBOARDS_DIR })
  await again.settled()
  t.equal(inodeOf(B), before[1], 'not even by a restart')
})

t.test('a file that is broken is written again', async (t) => {
  const GF_DASHBOARDS_DIR = t.testdir({ [`${uidOf(A)}.json`]: '{"half', 'theirs.json': '{}' })
  const backend = await startBackend(t, await imprint(t, [A]), { GF_DASHBOARDS_DIR })
  await backend.settled()
  t.match(read(GF_DASHBOARDS_DIR, uidOf(A)), { uid: uidOf(A) })
  t.same(read(GF_DASHBOARDS_DIR, 'theirs'), {})
})

t.test('the file of a removed device stays, unless data goes with the device', async (t) => {
  for (const DELETE_DATA_ON_DEVICE_REMOVE of [false, true]) {
    const GF_DASHBOARDS_DIR = join(t.testdir(), String(DELETE_DATA_ON_DEVICE_REMOVE))
    const settings = { GF_DASHBOARDS_DIR, DELETE_DATA_ON_DEVICE_REMOVE }
    const backend = await startBackend(t, await imprint(t, [A]), settings)
    await backend.settled()
    await backend.remove(A)
    await backend.add(B)
    await until('a later change is through', () => existsSync(join(GF_DASHBOARDS_DIR, `${uidOf(B)}.json`)))
    await backend.settled()
    const isThere = () => existsSync(join(GF_DASHBOARDS_DIR, `${uidOf(A)}.json`))
    if (DELETE_DATA_ON_DEVICE_REMOVE) await until('it is gone', () => !isThere())
    else t.ok(isThere())
  }
})

t.test('a directory that cannot be created is reported, and used once it can', async (t) => {
  const blocked = join(t.testdir({ file: '' }), 'file')
  const backend = await startBackend(t, await imprint(t, [A]), { GF_DASHBOARDS_DIR: join(blocked, 'dashboards') })
  await until('it is reported', () => backend.status().state === 'degraded')
  t.match(backend.status().lastError, /EEXIST|ENOTDIR/)
  t.equal(await backend.sample('pluto_grafana_up'), 0)
  writeFileSync(blocked, 'still a file')
  const { rm } = await import('node:fs/promises')
  await rm(blocked)
  await backend.settled()
  t.ok(existsSync(join(blocked, 'dashboards', 'pluto-overview.json')))
})
