import t from 'tap'
import { startFakeGrafana } from '../../support/fake-grafana.ts'
import { serve, simulate, until } from '../../helper.ts'
import { imprint, macNumber, QUICK } from './helper.ts'

const DEVICES = 1000
const POLLED = 40
const INTERVAL_MS = 1000

t.test('a thousand dashboards are made after a cold start, and no poll is left out meanwhile', async (t) => {
  const grafana = await startFakeGrafana(t, { latencyMs: 4 })
  const fleet = await simulate(t, { devices: POLLED, profiles: ['gamma-601-v2.1'] })
  const addresses = new Map(fleet.miners.map(({ mac, address }) => [mac, address]))
  const others = Array.from({ length: DEVICES - POLLED }, (_, i) => macNumber(i))
  const { DATA_DIR } = await imprint(t, [...addresses.keys(), ...others], {}, addresses)
  const config = { DATA_DIR, GF_HOST: grafana.url, GF_PUBLIC: false, POLL_INTERVAL_MS: INTERVAL_MS, AUTO_LISTEN: false }
  const { app } = await serve(t, config, { grafana: QUICK })
  grafana.failWith({ does: 503 })
  app.deviceHub.watch(addresses.keys())
  const polled = (times: number) => () => fleet.miners.every(({ infoRequests }) => infoRequests >= times)
  await until('each miner was polled', polled(1))

  grafana.failWith(null)
  await until('every dashboard is there', () => grafana.dashboards.size === DEVICES + 1, 50_000)
  await until('each miner was polled again', polled(3))
  t.equal(grafana.counts.maxInFlight, 8)
  t.equal(fleet.counters(INTERVAL_MS).intervals.missed, 0)
})
