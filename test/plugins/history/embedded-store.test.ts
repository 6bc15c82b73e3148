import t from 'tap'
import { createRing, type ChunkStore } from '../../../plugins/history/embedded-store.ts'

const START = Date.UTC(2026, 8, 23, 12, 0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A store in memory that counts what is written to it. */
function memoryStore() {
  const rows = new Map<string, Uint8Array>()
  const key = (hour: number, owner: string) => `${hour}:${owner}`
  const written = { bytes: 0, largest: 0 }
  const store: ChunkStore = {
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
  return { store, rows, written }
}

/** A ring of owners with `width` metrics, at a time that the test sets. */
function aRing(width = 2, memory = memoryStore()) {
  const clock = { now: START }
  const ring = createRing(
    memory.store,
    () => width,
    () => clock.now
  )
  const read = (count: number, stepMs = MINUTE, metric = 0, startMs = START) =>
    ring.read('a', metric, { startMs, stepMs, count })
  return { ...memory, clock, ring, read }
}

t.test(
  'a point is the average of a minute, a value that is not there is left out of it, and a zero is one',
  async (t) => {
    const { clock, ring, read } = aRing()
    ring.add('a', [10, null])
    clock.now += 20_000
    ring.add('a', [20, 7])
    clock.now += MINUTE
    ring.add('a', [0, null])
    clock.now += MINUTE
    t.same(await read(4), [15, 0, null, null])
    t.same(await read(4, MINUTE, 1), [7, null, null, null])
  }
)

t.test('a longer step averages over the minutes that there are, across hours', async (t) => {
  const { clock, ring, read } = aRing()
  for (const [minute, value] of [
    [0, 1],
    [1, 3],
    [59, 8],
    [61, 6],
    [180, 4]
  ] as const) {
    clock.now = START + minute * MINUTE
    ring.add('a', [value, null])
  }
  t.same(await read(4, HOUR), [4, 6, null, 4])
})

t.test('what was written is there after a restart, and the minute goes on', async (t) => {
  const memory = memoryStore()
  const before = aRing(2, memory)
  before.ring.add('a', [5, 1])
  await before.ring.flush()
  const after = aRing(2, memory)
  await after.ring.load()
  after.clock.now += MINUTE
  after.ring.add('a', [6, 2])
  await after.ring.flush()
  t.same(await after.read(2), [5, 6])
  t.equal(memory.rows.size, 1)
})

t.test('a record of another shape, as of another version, counts for nothing', async (t) => {
  const memory = memoryStore()
  const before = aRing(2, memory)
  before.ring.add('a', [5, 1])
  await before.ring.flush()
  t.same(await aRing(3, memory).read(1), [null])
})

t.test('nothing is older than 24 hours, on disk and in answers', async (t) => {
  const { clock, ring, read, rows } = aRing()
  for (let hour = 0; hour < 60; hour++) {
    clock.now = START + hour * HOUR
    ring.add('a', [hour, null])
    await ring.flush()
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
  const { clock, ring, read, rows } = aRing()
  ring.add('a', [1, null])
  await ring.flush()
  clock.now += HOUR
  ring.add('a', [2, null])
  const flushing = ring.flush()
  await Promise.all([ring.forget('a'), flushing])
  await ring.flush()
  t.equal(rows.size, 0)
  t.same(await read(120), Array(120).fill(null))
})

t.test('what could not be written is written later', async (t) => {
  const { ring, rows, store } = aRing()
  const { write } = store
  store.write = async () => Promise.reject(new Error('no space left'))
  ring.add('a', [1, null])
  await t.rejects(ring.flush(), { message: 'no space left' })
  store.write = write
  await ring.flush()
  t.equal(rows.size, 1)
})

t.test('a thousand devices cost less than 100 bytes per poll, in batches of a hundred', async (t) => {
  const { clock, ring, written } = aRing(13)
  const devices = Array.from({ length: 1000 }, (_, i) => `bc:dd:c2:00:${i}`)
  const values = Array.from({ length: 13 }, (_, i) => i)
  let polls = 0
  for (let flush = 0; flush < 12; flush++) {
    for (let round = 0; round < 60; round++, polls += devices.length, clock.now += 5000)
      for (const device of devices) ring.add(device, values)
    await ring.flush()
  }
  t.ok(written.bytes / polls < 100, `${written.bytes / polls} bytes`)
  t.equal(written.largest, 100)
})
