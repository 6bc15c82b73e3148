import t from 'tap'
import { createWriter } from '../../../plugins/db/writer.ts'
import { until } from '../../helper.ts'

const ioError = () =>
  Object.assign(new Error('IO error: /x/1.log: No space left on device'), { code: 'LEVEL_IO_ERROR' })

/** A writer over a disk that the test fills and empties. */
function aWriter(retryMs: number) {
  const disk = { isFull: true, probes: 0, reopened: 0 }
  const reports: (string | null)[] = []
  const writer = createWriter({
    retryMs,
    async probe() {
      disk.probes++
      if (disk.isFull) throw ioError()
    },
    async reopen() {
      disk.reopened++
    },
    report: (failure) => reports.push(failure)
  })
  const write = () =>
    writer.write(async () => {
      if (disk.isFull) throw ioError()
      return 'written'
    })
  return { disk, reports, writer, write }
}

t.test('it recovers though nobody writes, and tells so once at the begin and once at the end', async (t) => {
  const { disk, reports, writer, write } = aWriter(10)
  await t.rejects(write(), { code: 'PLUTO_STORE_WRITE', message: /no space left on device/ })
  t.equal(writer.failure, 'no space left on device')
  await until('it was tried again', () => disk.probes > 3)
  await t.rejects(write(), { code: 'PLUTO_STORE_WRITE' })
  t.equal(disk.reopened, 0, 'the database stays open for reads as long as nothing is won')
  disk.isFull = false
  await until('it has recovered', () => writer.failure === null)
  t.equal(disk.reopened, 1)
  t.same(reports, ['no space left on device', null])
  t.equal(await write(), 'written')
  const { probes } = disk
  await new Promise((later) => setImmediate(later))
  t.equal(disk.probes, probes, 'and nothing is tried any more')
  await writer.close()
})

t.test('the next write recovers at once', async (t) => {
  const { disk, writer, write } = aWriter(60_000)
  await t.rejects(write(), { code: 'PLUTO_STORE_WRITE' })
  disk.isFull = false
  t.equal(await write(), 'written')
  t.equal(disk.reopened, 1)
  await writer.close()
})

t.test('another error of a write is its own, and stops nobody', async (t) => {
  const { disk, writer, write } = aWriter(60_000)
  disk.isFull = false
  await t.rejects(
    writer.write(async () => {
      throw new Error('a plan that fails')
    }),
    /a plan that fails/
  )
  t.equal(writer.failure, null)
  t.equal(await write(), 'written')
  await writer.close()
})

t.test('reads wait until the database is open again', async (t) => {
  const opened = Promise.withResolvers<undefined>()
  const writer = createWriter({
    retryMs: 60_000,
    probe: async () => undefined,
    reopen: () => opened.promise,
    report: () => undefined
  })
  await t.rejects(
    writer.write(async () => {
      throw ioError()
    })
  )
  const write = writer.write(async () => 'written')
  await new Promise((later) => setImmediate(later))
  let isRead = false
  const read = writer.read(async () => (isRead = true))
  await new Promise((later) => setImmediate(later))
  t.equal(isRead, false)
  opened.resolve(undefined)
  await Promise.all([read, write])
  const closed = Object.assign(new Error('Database is not open'), { code: 'LEVEL_DATABASE_NOT_OPEN' })
  await t.rejects(
    writer.read(() => Promise.reject(closed)),
    { code: 'PLUTO_STORE_READ' }
  )
  await writer.close()
})
