import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { ClassicLevel } from 'classic-level'
import t, { type Test } from 'tap'
import { openStore } from '../../../plugins/db/store.ts'
import { run } from '../../support/command-line.ts'
import { Backend } from '../../support/process.ts'

// Each of these waits more than it works.
t.jobs = 4

const PRESETS = 300
const preset = (uuid: string) => ({
  ...{
    uuid,
    name: uuid,
    configuration: { stratumURL: 'x', stratumPort: 1, stratumUser: 'x'.repeat(200) },
    secrets: {}
  },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' }
})

/** A store with records in a table file, and ten more in the log behind it. */
async function filled(t: Test): Promise<string> {
  const DATA_DIR = t.testdir()
  const store = await openStore(DATA_DIR)
  const uuids = Array.from({ length: PRESETS }, (_, i) => String(i).padStart(4, '0'))
  await store.commit(() => uuids.map((uuid) => store.presets.put(uuid, preset(uuid))))
  await store.close()
  const level = new ClassicLevel(`${DATA_DIR}/store`)
  await level.open()
  await level.compactRange('', '~')
  await level.close()
  const again = await openStore(DATA_DIR)
  for (let i = 0; i < 10; i++) await again.commit(() => [again.meta.put(`note${i}`, 'x'.repeat(100))])
  await again.close()
  return DATA_DIR
}

const fileOf = (DATA_DIR: string, kind: RegExp) =>
  `${DATA_DIR}/store/${readdirSync(`${DATA_DIR}/store`).find((name) => kind.test(name))}`

/** Overwrites a part of a file. */
function spoil(file: string, from: number, length: number): void {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xaa, from, Math.min(bytes.length, from + length)))
}

const damages: Record<string, (DATA_DIR: string) => void> = {
  'a CURRENT of nonsense': (dir) => writeFileSync(`${dir}/store/CURRENT`, 'nonsense'),
  'a CURRENT that is missing': (dir) => rmSync(`${dir}/store/CURRENT`),
  'a MANIFEST of nonsense': (dir) => spoil(fileOf(dir, /^MANIFEST/), 0, 1000),
  'a MANIFEST that is missing': (dir) => rmSync(fileOf(dir, /^MANIFEST/))
}

for (const [what, damage] of Object.entries(damages)) {
  t.test(`${what} stops the start with one line that names the repair, which brings everything back`, async (t) => {
    const DATA_DIR = await filled(t)
    damage(DATA_DIR)
    const backend = new Backend(t, { DATA_DIR, LOG_LEVEL: 'silent' })
    t.equal(await backend.ended(), 1)
    t.equal(backend.lines.length, 1)
    t.match(backend.lines[0], new RegExp(`^The store in ${DATA_DIR}/store is damaged: .*npm run repair`))

    const { status, stdout, stderr } = await run('src/cli/repair.ts', { DATA_DIR })
    t.equal(status, 0, stderr)
    t.match(stdout, new RegExp(`presets +${PRESETS}\\n`))
    t.match(stdout, /meta +12\n/)
    t.ok(readdirSync(DATA_DIR).some((name) => stdout.includes(`/${name}`) && name.startsWith('store.damaged-')))
    const store = await openStore(DATA_DIR)
    t.equal(store.presets.size, PRESETS)
    t.equal(store.meta.get('schemaVersion'), '1')
    await store.close()
  })
}

t.test('a table file with an unreadable part loses only that part', async (t) => {
  const DATA_DIR = await filled(t)
  spoil(fileOf(DATA_DIR, /ldb$/), 4000, 200)
  await t.rejects(openStore(DATA_DIR), { code: 'PLUTO_STORE_DAMAGED' })
  const { status, stdout } = await run('src/cli/repair.ts', { DATA_DIR })
  t.equal(status, 0)
  const store = await openStore(DATA_DIR)
  t.ok(store.presets.size > PRESETS * 0.4 && store.presets.size < PRESETS, `${store.presets.size} are left`)
  t.match(stdout, new RegExp(`presets +${store.presets.size}\\n`))
  t.equal(store.meta.get('note9'), 'x'.repeat(100))
  await store.close()
})

t.test('a table file that was cut off is told of as damage', async (t) => {
  const DATA_DIR = await filled(t)
  truncateSync(fileOf(DATA_DIR, /ldb$/), 100)
  await t.rejects(openStore(DATA_DIR), { code: 'PLUTO_STORE_DAMAGED' })
})

t.test(
  'a log with a part that cannot be read is told of at the start, and a repair brings more of it back',
  async (t) => {
    const DATA_DIR = await filled(t)
    spoil(fileOf(DATA_DIR, /log$/), 300, 20)
    const dropped: string[] = []
    const copy = `${DATA_DIR}/copy`
    cpSync(`${DATA_DIR}/store`, `${copy}/store`, { recursive: true })
    const store = await openStore(copy, { onDropped: (what) => dropped.push(what) })
    const left = store.meta.size
    await store.close()
    t.match(dropped, [/^\d+\.log: dropping \d+ bytes/])
    t.equal((await run('src/cli/repair.ts', { DATA_DIR })).status, 0)
    const repaired = await openStore(DATA_DIR)
    t.ok(repaired.meta.size >= left)
    t.equal(repaired.presets.size, PRESETS)
    await repaired.close()
  }
)

t.test('while the backend runs, repair touches nothing', async (t) => {
  const DATA_DIR = await filled(t)
  const backend = new Backend(t, { DATA_DIR })
  await backend.url()
  const before = readdirSync(DATA_DIR)
  const { status, stderr } = await run('src/cli/repair.ts', { DATA_DIR })
  t.equal(status, 1)
  t.match(stderr, /^DATA_DIR .* is in use by another process.*\n$/)
  t.same(readdirSync(DATA_DIR), before)
})

t.test('without a store repair says so and makes none, and --help says what it does', async (t) => {
  const DATA_DIR = t.testdir()
  const { status, stderr } = await run('src/cli/repair.ts', { DATA_DIR })
  t.match({ status, stderr }, { status: 1, stderr: /contains no store/ })
  t.same(readdirSync(DATA_DIR), [])
  t.match(await run('src/cli/repair.ts', {}, '--help'), { status: 0, stdout: /DATA_DIR/ })
})
