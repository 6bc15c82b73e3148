import t from 'tap'
import { createEmbeddedStore, type HourTable } from '../../../plugins/history/embedded-store.ts'

const START = Date.UTC(2026, 8, 23, 12, 0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A table in memory that counts what is written to it. */
function memoryTable() {
  const rows = new Map<string, Uint8Array>()
  const key = (hour: number, owner: string) => `${hour}:${owner}`
  const written = { bytes: 0, largest: 0 }
  const table: HourTable = {
    read: async (owner, hours) => hours.map((hour) => rows.get(key(hour, owner))),
    async readHour(hour) {
      const own = [...rows].filter(([name]) => name.startsWith(`${hour}:`))
      return new Map(own.map(([name, value]) => [name.slice(`${hour}:`.length), value]))
    },
    async write(records) {
      written.largest = Math.max(written.largest, records.length)
      for (const { owner, hour, value } of records) {
        written.bytes += value.length + owner.length + 8
        rows.set(key(hour, owner), value.slice())
      }
    },
    remove: async (owner, hours) => hours.forEach((hour) => rows.delete(key(hour, owner))),
    async removeBefore(limit) {
      for (const name of rows.keys()) if (Number.parseInt(name) < limit) rows.delete(name)
    }
  }
  return { table, rows, written }
}

/** A store of owners with `width` metrics, at a time that the test sets. */
function aStore(width = 2, memory = memoryTable()) {
  const clock = { now: START }
  const store = createEmbeddedStore(
    memory.table,
    () => width,
    () => clock.now
  )
  const read = (count: number, stepMs = MINUTE, metric = 0, startMs = START) =>
    store.read('a', metric, { startMs, stepMs, count })
  return { ...memory, clock, store, read }
}

t.test(
  'a point is the average of a minute, a value that is not there is left out of it, and a zero is one',
  async (t) => {
    const { clock, store, read } = aStore()
    store.add('a', [10, null])
    clock.now += 20_000
    store.add('a', [20, 7])
    clock.now += MINUTE
    store.add('a', [0, null])
    clock.now += MINUTE
    t.same(await read(4), [15, 0, null, null])
    t.same(await read(4, MINUTE, 1), [7, null, null, null])
  }
)

t.test('a longer step averages over the minutes that there are, across hours', async (t) => {
  const { clock, store, read } = aStore()
  for (const [minute, value] of [
    [0, 1],
    [1, 3],
    [59, 8],
    [61, 6],
    [180, 4]
  ] as const) {
    clock.now = START + minute * MINUTE
    store.add('a', [value, null])
  }
  t.same(await read(4, HOUR), [4, 6, null, 4])
})

t.test('what was written is there after a restart, and the minute goes on', async (t) => {
  const memory = memoryTable()
  const before = aStore(2, memory)
  before.store.add('a', [5, 1])
  await before.store.flush()
  const after = aStore(2, memory)
  await after.store.load()
  after.clock.now += MINUTE
  after.store.add('a', [6, 2])
  await after.store.flush()
  t.same(await after.read(2), [5, 6])
  t.equal(memory.rows.size, 1)
})

t.test('a record of another shape, as of another version, counts for nothing', async (t) => {
  const memory = memoryTable()
  const before = aStore(2, memory)
  before.store.add('a', [5, 1])
  await before.store.flush()
  t.same(await aStore(3, memory).read(1), [null])
})

t.test('nothing is older than 24 hours, on disk and in answers', async (t) => {
  const { clock, store, read, rows } = aStore()
  for (let hour = 0; hour < 60; hour++) {
    clock.now = START + hour * HOUR
    store.add('a', [hour, null])
    await store.flush()
  }
  t.equal(rows.size, 25)
  const values = await read(60, HOUR)
  t.same(values.slice(0, 35), Array(35).fill(null))
  t.same(
    values.slice(35),
    Array.from({ length: 25 }, (_, i) => 35 + i)
  )
})

t.test('P12 what is forgotten is not written again by a flush that was on its way', async (t) => {
  const { clock, store, read, rows } = aStore()
  store.add('a', [1, null])
  await store.flush()
  clock.now += HOUR
  store.add('a', [2, null])
  const flushing = store.flush()
  await Promise.all([store.forget('a'), flushing])
  await store.flush()
  t.equal(rows.size, 0)
  t.same(await read(120), Array(120).fill(null))
})

t.test('what could not be written is written later', async (t) => {
  const { store, rows, table } = aStore()
  const { write } = table
  table.write = async () => Promise.reject(new Error('no space left'))
  store.add('a', [1, null])
  await t.rejects(store.flush(), { message: 'no space left' })
  table.write = write
  await store.flush()
  t.equal(rows.size, 1)
})

t.test('a thousand devices cost less than 100 bytes per poll, in batches of a hundred', async (t) => {
  const { clock, store, written } = aStore(13)
  const devices = Array.from({ length: 1000 }, (_, i) => `bc:dd:c2:00:${i}`)
  const values = Array.from({ length: 13 }, (_, i) => i)
  let polls = 0
  for (let flush = 0; flush < 12; flush++) {
    for (let round = 0; round < 60; round++, polls += devices.length, clock.now += 5000)
      for (const device of devices) store.add(device, values)
    await store.flush()
  }
  t.ok(written.bytes / polls < 100, `${written.bytes / polls} bytes`)
  t.equal(written.largest, 100)
})

t.test('P48: after the clock was set back, an hour that is on disk already keeps its averages', async (t) => {
  const { store, clock, read } = aStore()
  store.add('a', [1, 1])
  await store.flush()
  clock.now = START + 2 * HOUR
  store.add('a', [3, 3])
  await store.flush()
  clock.now = START + MINUTE
  store.add('a', [2, 2])
  t.same(await read(3), [1, 2, null], 'before it is written')
  await store.flush()
  t.same(await read(3), [1, 2, null])
  t.same(await read(1, MINUTE, 0, START + 2 * HOUR), [null], 'which the clock has not reached yet')
  clock.now = START + 2 * HOUR + MINUTE
  store.add('a', [4, 4])
  await store.flush()
  t.same(await read(2, MINUTE, 0, START + 2 * HOUR), [3, 4], 'and when it is reached again')
})
