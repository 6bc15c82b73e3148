import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Level } from 'level'
import t from 'tap'
import { SUBLEVELS } from '../../plugins/db/tables.ts'
import { until, watchFleet } from '../helper.ts'

const ROOT = dirname(dirname(import.meta.dirname))
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w' }

/** The cells of the table of stores in docs/ARCHITECTURE.md, without its head. */
function documentedStores(): string[][] {
  const page = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8')
  const [, table = ''] = /^\| Store .*\n\|[ -|]+\n((?:\|.*\n)+)/m.exec(page) ?? []
  const lines = table.trimEnd().split('\n')
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  )
}

t.test('docs/ARCHITECTURE.md describes every store as plugins/db/tables.ts does', async (t) => {
  const rows = Object.entries(SUBLEVELS).map(([name, { key, holds, writtenBy, when }]) => [
    `\`${name}\``,
    ...[key, holds, writtenBy, when]
  ])
  t.same(documentedStores(), rows)
})

t.test('a service that has done all it can do has written every store in the table, and no other', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet } = await watchFleet(t, { devices: 1 }, { DATA_DIR }, { history: { sampleMs: 20 } })
  await app.inject({ method: 'POST', url: '/presets', payload: { name: 'Ocean', configuration } })
  const macs = fleet.miners.map(({ mac }) => mac)
  const { id } = await app.operations.start({ macs, action: 'identify' }, {})
  await until('the operation has ended', () => app.operations.get(id)?.finishedAt)
  await until('a sample of the history is taken', async () => {
    const answer = await app.inject(`/devices/${macs[0]}/history?metric=powerWatts`)
    return answer.json().data.points.some(({ value }: { value: number | null }) => value !== null)
  })
  await app.close()
  const level = new Level<string, string>(`${DATA_DIR}/store`, { valueEncoding: 'utf8' })
  const keys = await level.keys().all()
  await level.close()
  const written = new Set(keys.map((key) => key.split('!')[1]))
  t.same([...written].sort(), Object.keys(SUBLEVELS).sort())
})
