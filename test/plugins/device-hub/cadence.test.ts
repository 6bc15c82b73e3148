import t from 'tap'
import { firstDue, nextDue } from '../../../plugins/device-hub/cadence.ts'
import { TimerWheel } from '../../../plugins/device-hub/timer-wheel.ts'
import { until } from '../../helper.ts'

const mac = (i: number) =>
  `bc:dd:c2:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`

t.test('P24 the MACs of one batch of boards get phases that fill the interval evenly', async (t) => {
  const slots = Array.from({ length: 50 }, () => 0)
  for (let i = 0; i < 5000; i++) {
    const due = firstDue(mac(i), 5000, 12_345)
    if (due < 12_345 || due >= 17_345) t.fail(`${due} is not within the first interval`)
    const slot = Math.floor((due % 5000) / 100)
    slots[slot] = (slots[slot] ?? 0) + 1
  }
  t.ok(
    Math.max(...slots) < 150 && Math.min(...slots) > 60,
    `between ${Math.min(...slots)} and ${Math.max(...slots)} of 100`
  )
})

t.test('the phase of a device is its own: the same at every start', async (t) => {
  const [first, later] = [0, 987_654].map((now) => firstDue(mac(7), 5000, now) % 5000)
  t.ok(Math.abs((first ?? 0) - (later ?? 1)) < 1e-6)
})

t.test(
  'the cadence is counted from when a poll was due, and a stall skips polls instead of piling them up',
  async (t) => {
    t.equal(nextDue(1000, 5000, 1040), 6000)
    t.equal(nextDue(1000, 5000, 5999), 6000)
    t.equal(nextDue(1000, 5000, 6000), 6000)
    t.equal(nextDue(1000, 5000, 6001), 11_000)
    t.equal(nextDue(1000, 5000, 61_500), 66_000)
  }
)

t.test('the wheel releases each item once, at the last time that was set for it', async (t) => {
  const released: string[] = []
  const wheel = new TimerWheel<string>((item) => released.push(item))
  t.teardown(() => wheel.close())
  const now = performance.now()
  wheel.schedule('late', now + 200)
  wheel.schedule('early', now + 60)
  wheel.schedule('moved', now + 10)
  wheel.schedule('moved', now + 130)
  wheel.schedule('never', now + 70)
  wheel.cancel('never')
  wheel.schedule('past', now - 1000)
  await until('the last one is released', () => released.includes('late'))
  t.same(released, ['past', 'early', 'moved', 'late'])
})

t.test('a wheel that is closed before its first tick releases nothing, and keeps no process alive', async (t) => {
  const released: string[] = []
  const [closed, other] = [
    new TimerWheel<string>((item) => released.push(item)),
    new TimerWheel<string>((i) => released.push(i))
  ]
  t.teardown(() => other.close())
  closed.close()
  closed.schedule('late', 0)
  other.schedule('other', performance.now() + 100)
  await until('the other wheel has ticked', () => released.length > 0)
  t.same(released, ['other'])
})
