import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../plugins/db/store.ts'
import { build, until, watchFleet } from '../helper.ts'

const MANY = 10_000
const at = '2026-01-01T00:00:00.000Z'
const idOf = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w' }
const noCounts = { queued: 0, running: 0, applied: 0, unchanged: 0, notApplied: 0, failed: 0, skipped: 0, unknown: 0 }

t.test('P47: with 10,000 presets and 10,000 operations the service starts, answers and stays bounded', async (t) => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'pluto-many-'))
  t.teardown(() => rmSync(DATA_DIR, { recursive: true, force: true, maxRetries: 5 }))
  const store = await openStore(DATA_DIR)
  await store.commit(() =>
    Array.from({ length: MANY }, (_, i) => {
      const uuid = idOf(i)
      const name = `Preset ${i}`
      return store.presets.put(uuid, { uuid, name, configuration, secrets: {}, createdAt: at, updatedAt: at })
    })
  )
  await store.commit(() =>
    Array.from({ length: MANY }, (_, i) => {
      const ended = { status: 'done', finishedAt: at } as const
      const operation = { id: idOf(i), action: 'identify', total: 0, counts: noCounts, concurrency: 1, createdAt: at }
      return store.operations.put(idOf(i), { ...operation, action: 'identify', ...ended })
    })
  )
  await store.close()

  const app = await build(t, { DATA_DIR })
  t.equal((await app.inject('/presets')).json().data.length, MANY)
  await until('only the newest operations are left', () => app.operations.list().length === 100, 60_000)
  t.equal((await app.inject('/operations?limit=1000')).json().total, 100)
  for (const url of ['/readyz', '/metrics', '/devices/imprint', `/presets/${idOf(5)}`, `/operations/${idOf(MANY - 1)}`])
    t.equal((await app.inject(url)).statusCode, 200, url)
  const create = (name: string) => app.inject({ method: 'POST', url: '/presets', payload: { name, configuration } })
  const refused = await create('one more')
  t.match(refused.json(), { statusCode: 409, code: 'PLUTO_TOO_MANY_PRESETS', message: /10000 presets.*MAX_PRESETS/ })
  t.equal((await app.inject({ method: 'DELETE', url: `/presets/${idOf(0)}` })).statusCode, 200)
  t.equal((await create('Preset 1')).json().code, 'PRESET_NAME_TAKEN')
  t.equal((await create('one more')).statusCode, 200)
  const backup = (await app.inject({ method: 'POST', url: '/backup' })).body
  const headers = { 'content-type': 'application/x-ndjson' }
  const restored = await app.inject({ method: 'PUT', url: '/backup', headers, payload: backup })
  t.match(restored.json(), { data: { presets: MANY } })
})

t.test('P47: operations that wait or run at once are bounded, and their end makes room', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1 }, { MAX_RUNNING_OPERATIONS: 3 })
  const [miner] = fleet.miners
  miner?.fault('hang')
  const start = () =>
    app.inject({ method: 'POST', url: '/devices/bulk', payload: { macs: [miner?.mac], action: 'identify' } })
  const answers = await Promise.all(Array.from({ length: 10 }, start))
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [...Array(3).fill(202), ...Array(7).fill(409)])
  const refused = answers.find(({ statusCode }) => statusCode === 409)
  t.match(refused?.json(), { code: 'PLUTO_TOO_MANY_OPERATIONS', message: /MAX_RUNNING_OPERATIONS/ })
  const dryRun = { macs: [miner?.mac], action: 'identify', dryRun: true }
  t.equal((await app.inject({ method: 'POST', url: '/devices/bulk', payload: dryRun })).statusCode, 200)
  miner?.clearFaults()
  await until('all have ended', () => app.operations.list().every(({ finishedAt }) => finishedAt))
  await until('there is room', async () => (await start()).statusCode === 202)
})
