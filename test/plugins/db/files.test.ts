import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RepairedFiles } from '../../../plugins/db/guard.ts'
import { openStore, type Store } from '../../../plugins/db/store.ts'
import { until } from '../../helper.ts'

t.jobs = 4

const QUICK = { checkMs: 20, retryMs: 20 }
const GONE = 'DATA_DIR/store was deleted, moved or replaced while the service runs'
const MAC = 'bc:dd:c2:00:00:01'

/** An open store with a few records of each kind, checked often. */
async function opened(t: Test, options: { checkMs: number; retryMs: number } = QUICK) {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-files-'))
  const dataDir = join(directory, 'data')
  const reports: (string | null)[] = []
  const repaired: RepairedFiles[] = []
  const store = await openStore(dataDir, {
    ...options,
    onWritableChange: (failure) => reports.push(failure),
    onRepaired: (what) => repaired.push(what)
  })
  // A store that is still open would write itself again.
  t.teardown(() => store.close().then(() => rmSync(directory, { recursive: true })))
  await write(store, 'first')
  await store.writeTelemetry(new Map([[MAC, { ip: '10.0.0.1', at: '2026-01-01T00:00:00Z', info: {}, options: null }]]))
  await store.history.write([{ owner: MAC, hour: 1, value: Buffer.from('abc') }])
  return { dataDir, location: join(dataDir, 'store'), store, reports, repaired }
}

const write = (store: Store, key: string) => store.commit(() => [store.meta.put(key, 'x')])
const fileOf = (location: string, kind: RegExp) =>
  join(location, readdirSync(location).find((name) => kind.test(name)) ?? 'none')

/** What is on disk, read from a copy: its tables are in memory, so it is closed already. */
async function onDisk(location: string): Promise<Store> {
  const copy = `${location}-on-disk`
  cpSync(location, join(copy, 'store'), { recursive: true })
  const store = await openStore(copy)
  await store.close()
  return store
}

t.test('P39: a store that was deleted is written again from memory, with all that is still readable', async (t) => {
  const { dataDir, location, store, reports, repaired } = await opened(t)
  rmSync(location, { recursive: true })
  await until('it is there again', () => repaired.length > 0 && store.isOpen)
  t.match(reports, [/^(DATA_DIR\/store was|files in DATA_DIR\/store were) deleted/, null])
  t.match(repaired, [{ what: 'store', state: 'deleted', incomplete: [] }])
  await write(store, 'second')
  const copy = await onDisk(location)
  t.same([copy.meta.get('first'), copy.meta.get('second'), copy.meta.get('schemaVersion')], ['x', 'x', '1'])
  t.match(await store.readTelemetry([MAC]), [{ ip: '10.0.0.1' }])
  t.same(Buffer.from((await store.history.read(MAC, [1]))[0] ?? []).toString(), 'abc')
  await t.rejects(openStore(dataDir), { code: 'PLUTO_STORE_LOCKED' })
})

t.test('P39: the whole DATA_DIR deleted refuses changes, and one that comes back empty is filled again', async (t) => {
  const { dataDir, location, store, repaired } = await opened(t)
  rmSync(dataDir, { recursive: true })
  await t.rejects(write(store, 'refused'), { code: 'PLUTO_STORE_WRITE', message: GONE })
  t.match({ open: store.isOpen, reason: store.writeFailure }, { open: false, reason: GONE })
  t.equal(existsSync(dataDir), false)
  mkdirSync(dataDir)
  await until('it is there again', () => store.isOpen)
  t.equal(repaired.length, 1)
  t.equal((await onDisk(location)).meta.get('first'), 'x')
})

t.test('P39: a store that was moved refuses changes until it is back, and its place is left free', async (t) => {
  const { location, store, reports, repaired } = await opened(t)
  renameSync(location, `${location}.away`)
  await t.rejects(write(store, 'refused'), { code: 'PLUTO_STORE_WRITE', statusCode: 503 })
  await until('it was tried again', () => new Promise((done) => setTimeout(() => done(true), 100)))
  t.equal(existsSync(location), false)
  renameSync(`${location}.away`, location)
  await until('it is open again', () => store.isOpen)
  await write(store, 'second')
  t.same(reports, [GONE, null])
  t.same(repaired, [])
  const copy = await onDisk(location)
  t.same([copy.meta.get('first'), copy.meta.get('second'), copy.meta.get('refused')], ['x', 'x', undefined])
})

t.test('P39: an older copy in the place of the store is never written to', async (t) => {
  const { location, store } = await opened(t)
  cpSync(location, `${location}.copy`, { recursive: true })
  renameSync(location, `${location}.away`)
  renameSync(`${location}.copy`, location)
  await t.rejects(write(store, 'refused'), { code: 'PLUTO_STORE_WRITE', message: GONE })
})

t.test('P39: DATA_DIR replaced by a link to the same files changes nothing; to other files it refuses', async (t) => {
  const { dataDir, store } = await opened(t)
  renameSync(dataDir, `${dataDir}.real`)
  symlinkSync(`${dataDir}.real`, dataDir)
  await until('it is open', () => store.isOpen)
  await write(store, 'second')
  rmSync(dataDir)
  mkdirSync(`${dataDir}.other`)
  symlinkSync(`${dataDir}.other`, dataDir)
  await t.rejects(write(store, 'refused'), { code: 'PLUTO_STORE_WRITE', message: GONE })
  t.same(readdirSync(dataDir), [])
})

const damages: [what: string, kind: RegExp, damage: (file: string) => void][] = [
  ['CURRENT deleted', /^CURRENT$/, (file) => rmSync(file)],
  ['CURRENT replaced', /^CURRENT$/, (file) => (rmSync(file), writeFileSync(file, 'nonsense'))],
  ['the MANIFEST deleted', /^MANIFEST/, (file) => rmSync(file)],
  ['the MANIFEST cut off', /^MANIFEST/, (file) => truncateSync(file, 10)],
  ['a table deleted', /ldb$/, (file) => rmSync(file)],
  ['a table cut off', /ldb$/, (file) => truncateSync(file, 100)],
  ['LOCK deleted', /^LOCK$/, (file) => rmSync(file)]
]
for (const [what, kind, damage] of damages) {
  t.test(`P39: ${what} while it runs is noticed, and everything is written again`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'pluto-files-'))
    const dataDir = join(directory, 'data')
    const first = await openStore(dataDir)
    await write(first, 'zeroth')
    await first.close()
    // Reopening writes a table file.
    const reports: (string | null)[] = []
    const store = await openStore(dataDir, { ...QUICK, onWritableChange: (failure) => reports.push(failure) })
    t.teardown(() => store.close().then(() => rmSync(directory, { recursive: true })))
    await write(store, 'first')
    damage(fileOf(join(dataDir, 'store'), kind))
    await until('it has healed', () => reports.length === 2)
    await write(store, 'second')
    const copy = await onDisk(join(dataDir, 'store'))
    for (const key of ['zeroth', 'first', 'second']) t.equal(copy.meta.get(key), 'x', key)
    await t.rejects(openStore(dataDir), { code: 'PLUTO_STORE_LOCKED' })
  })
}

for (const [what, damage] of [
  ['cut off to nothing', (file: string) => truncateSync(file, 0)],
  ['cut off in part', (file: string) => truncateSync(file, 20)],
  ['deleted', (file: string) => rmSync(file)],
  ['replaced', (file: string) => (rmSync(file), writeFileSync(file, ''))]
] as const) {
  t.test(
    `P40: the newest log ${what} while it runs is noticed at once, and its records are written again`,
    async (t) => {
      const { location, repaired } = await opened(t)
      damage(fileOf(location, /log$/))
      await until('it has been told', () => repaired.length > 0)
      t.same(repaired, [{ what: 'log' }])
      t.equal((await onDisk(location)).meta.get('first'), 'x')
    }
  )

  t.test(`P40: the newest log ${what} just before a write loses nothing`, async (t) => {
    const { location, store, repaired } = await opened(t, { checkMs: 60_000, retryMs: 20 })
    damage(fileOf(location, /log$/))
    await write(store, 'second')
    t.same(repaired, [{ what: 'log' }])
    const copy = await onDisk(location)
    t.same([copy.meta.get('first'), copy.meta.get('second')], ['x', 'x'])
  })
}

/** Opens a store, writes `commits` records, and closes it. @returns what the next start says is lost */
async function lostAfter(t: Test, harm: (dataDir: string) => void, commits = 5) {
  const dataDir = join(t.testdir(), 'data')
  const store = await openStore(dataDir)
  for (let i = 0; i < commits; i++) await write(store, `${i}`)
  await store.close()
  harm(dataDir)
  const told: number[] = []
  const again = await openStore(dataDir, { onLost: (lost) => told.push(lost) })
  await again.close()
  return { told, again }
}
const cutLog = (dataDir: string) => truncateSync(fileOf(join(dataDir, 'store'), /log$/), 0)

t.test('P40: a log cut off before the start is told of with the number of missing commits', async (t) => {
  const { told, again } = await lostAfter(t, cutLog)
  t.same(told, [5])
  t.equal(again.lostCommits, 5)
})

t.test('P40: a log deleted, or a store emptied, before the start is told of too', async (t) => {
  t.same((await lostAfter(t, (dataDir) => rmSync(fileOf(join(dataDir, 'store'), /log$/)))).told, [5])
  t.same((await lostAfter(t, (dataDir) => rmSync(join(dataDir, 'store'), { recursive: true }))).told, [5])
})

t.test('P40: a store that is whole, copied, replaced, or without a witness raises no alarm', async (t) => {
  const copied = (dataDir: string) => {
    cpSync(join(dataDir, 'store'), join(dataDir, 'copy'), { recursive: true })
    cutLog(dataDir)
    rmSync(join(dataDir, 'store'), { recursive: true })
    renameSync(join(dataDir, 'copy'), join(dataDir, 'store'))
  }
  const harmless: Record<string, (dataDir: string) => void> = {
    whole: () => undefined,
    copied,
    'without a witness': (dataDir) => (rmSync(join(dataDir, 'store.witness')), cutLog(dataDir)),
    'a witness of nonsense': (dataDir) => writeFileSync(join(dataDir, 'store.witness'), '{"sequence":9e99'),
    'an empty witness': (dataDir) => truncateSync(join(dataDir, 'store.witness'), 0),
    'a torn witness': (dataDir) => appendFileSync(join(dataDir, 'store.witness'), '}')
  }
  for (const [what, harm] of Object.entries(harmless)) {
    const { told } = await lostAfter(t, harm)
    t.same(told, [], what)
  }
})

t.test('P40: the witness is rewritten in place, and written again when it was deleted', async (t) => {
  const { dataDir, store } = await opened(t)
  const read = () => JSON.parse(readFileSync(join(dataDir, 'store.witness'), 'utf8'))
  const before = read()
  rmSync(join(dataDir, 'store.witness'))
  await write(store, 'second')
  t.equal(read().sequence, before.sequence + 1)
  t.equal(read().sequence, Number(store.meta.get('sequence')))
})

t.test('P40: after a restore the numbers go on, and telemetry and history are not counted', async (t) => {
  const { store } = await opened(t)
  const before = Number(store.meta.get('sequence'))
  await store.writeTelemetry(new Map([[MAC, null]]))
  await store.history.write([{ owner: MAC, hour: 2, value: Buffer.from('abc') }])
  await store.replace([{ table: 'meta', key: 'sequence', value: '99999' }], () => undefined)
  t.equal(Number(store.meta.get('sequence')), before + 1)
})

t.test('P40: a log cut off in the middle of a write, which then goes on behind a hole, loses nothing', async (t) => {
  const { location, store, repaired } = await opened(t)
  await store.commit(() => {
    cutLog(join(location, '..'))
    return [store.meta.put('second', 'x')]
  })
  await until('it has been told', () => repaired.length > 0)
  const copy = await onDisk(location)
  t.same([copy.meta.get('first'), copy.meta.get('second')], ['x', 'x'])
})
