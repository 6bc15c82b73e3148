import fc from 'fast-check'
import t from 'tap'
import { backoffMs } from '../../src/backoff.ts'

const failures = fc.integer({ min: 1, max: 2000 })
const samples = (count: number, shortest = 5000) =>
  Array.from({ length: 500 }, () => backoffMs(count, shortest, Math.max(60_000, shortest)))

t.test('P17 the wait before the next attempt lies between 5 s and a minute, however many have failed', async () => {
  fc.assert(
    fc.property(failures, (count) => {
      const delay = backoffMs(count, 5000, 60_000)
      return delay >= 5000 && delay <= 60_000
    })
  )
})

t.test('P17 the wait doubles with each failure, and two devices do not wait equally long', async (t) => {
  for (const count of [1, 2, 4, 9, 999]) {
    const waits = samples(count)
    const longest = Math.min(60_000, 5000 * 2 ** (count - 1))
    t.ok(
      waits.every((ms) => ms >= Math.max(5000, longest / 2) && ms <= longest),
      `${count} failures`
    )
    if (count > 1) t.ok(new Set(waits.map(Math.round)).size > 100, `${count} failures: spread`)
  }
  t.ok(Math.max(...samples(3)) > 15_000)
  t.ok(Math.max(...samples(9)) > 50_000)
})

t.test('the wait is never shorter than the shortest that was asked for', async (t) => {
  t.ok(samples(1, 90_000).every((ms) => ms === 90_000))
})
