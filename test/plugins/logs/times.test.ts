import fc from 'fast-check'
import t from 'tap'
import { defaultTimes, retryDelayMs } from '../../../plugins/logs/times.ts'

const failures = fc.integer({ min: 1, max: 2000 })

t.test('P17 the wait before the next attempt lies between 5 s and a minute, however many have failed', async () => {
  fc.assert(
    fc.property(failures, (count) => {
      const delay = retryDelayMs(count, defaultTimes)
      return delay >= 5000 && delay <= 60_000
    })
  )
})

t.test('P17 it doubles, and two devices do not wait equally long', async (t) => {
  const longest = (count: number) => Math.max(...Array.from({ length: 500 }, () => retryDelayMs(count, defaultTimes)))
  t.equal(longest(1), 5000)
  t.ok(longest(3) > 15_000 && longest(3) <= 20_000)
  t.ok(longest(9) > 50_000)
  t.ok(new Set(Array.from({ length: 10 }, () => retryDelayMs(9, defaultTimes))).size > 1)
})
