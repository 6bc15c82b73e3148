import t from 'tap'
import { efficiency, sumFleet } from '../../src/fleet-totals.ts'
import { aReading } from '../plugins/metrics/helper.ts'

const telemetry = (powerWatts: number | null, hashrateHps: number | null) =>
  aReading({ powerWatts, hashrateHps }).telemetry

t.test('efficiency is watts per terahash per second', async (t) => {
  t.equal(efficiency(18, 1.2e12), 15)
  t.equal(efficiency(0, 1e12), 0)
})

t.test('efficiency is unknown while nothing is hashed, or one of the two is unknown', async (t) => {
  for (const [watts, hps] of [
    [18, 0],
    [18, -1],
    [18, null],
    [null, 1e12]
  ] as const)
    t.equal(efficiency(watts, hps), null)
})

t.test('P08 an empty fleet has totals of 0 and no efficiency', async (t) => {
  t.same(sumFleet([]), { devicesOnline: 0, hashrateHps: 0, powerWatts: 0, efficiencyJoulesPerTerahash: null })
})

t.test('totals add what devices report; the efficiency is of those that report both values', async (t) => {
  const fleet = [telemetry(18, 1e12), telemetry(12, 1e12), telemetry(null, 9e12), telemetry(5, null)]
  t.same(sumFleet(fleet), {
    ...{ devicesOnline: 4, hashrateHps: 11e12, powerWatts: 35 },
    efficiencyJoulesPerTerahash: 15
  })
})

t.test('P33 values that are not finite count as missing', async (t) => {
  const fleet = [telemetry(18, 1e12), telemetry(NaN, 5e12), telemetry(7, Infinity)]
  t.same(sumFleet(fleet), {
    ...{ devicesOnline: 3, hashrateHps: 6e12, powerWatts: 25 },
    efficiencyJoulesPerTerahash: 18
  })
})
