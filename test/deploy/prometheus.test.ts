import { readFileSync } from 'node:fs'
import t from 'tap'
import { until, watchFleet } from '../helper.ts'
import { noPrometheus, startPrometheus } from '../support/prometheus.ts'

const METRICS = new URL('../../docs/METRICS.md', import.meta.url)
const PROFILES = ['gamma-601-v2.15.3', 'gamma-601-v2.12.2', 'gamma-601-v2.7.0', 'nerdqaxe-plusplus-V1.0.37']
const POOLS = ['mine.ocean.xyz:3334', 'pool.example:3333']

interface Rule {
  name: string
  health: string
  lastError?: string
}

/** What the miners of a fleet say themselves, summed up. */
const sum = (fleet: Awaited<ReturnType<typeof watchFleet>>['fleet'], field: string) =>
  fleet.miners.reduce((total, miner) => total + Number(miner.info()[field]), 0)

/** A fleet in which every value stands still, watched by a backend, which is scraped by a real Prometheus. */
async function scrapedFleet(t: Parameters<typeof watchFleet>[0], devices = 4) {
  const { app, url, fleet } = await watchFleet(t, { devices, profiles: PROFILES })
  for (const miner of fleet.miners) miner.fault('freeze')
  const prometheus = await startPrometheus(t, url)
  return { app, url, fleet, prometheus }
}

t.test('Prometheus, as deployed, knows what the miners know', { skip: noPrometheus }, async (t) => {
  const { fleet, prometheus } = await scrapedFleet(t)
  const { query, values } = prometheus
  const truth = sum(fleet, 'hashRate') * 1e9
  await until('Prometheus has the hashrate of the fleet', async () => {
    const { '': total = 0 } = await values('sum(pluto_device_hashrate_hashes_per_second{window="now"})')
    return Math.abs(total - truth) <= truth * 1e-9
  })
  const { '': fleetTotal = 0 } = await values('pluto_fleet_hashrate_hashes_per_second')
  t.ok(Math.abs(fleetTotal - truth) <= truth * 1e-9, `${fleetTotal} is ${truth}`)
  const [up] = await query('up{job="pluto"}')
  t.equal(up?.value[1], '1')
  t.same(await values('pluto_device_up', 'mac'), Object.fromEntries(fleet.miners.map(({ mac }) => [mac, 1])))
  t.same(
    await values('pluto_device_power_watts', 'mac'),
    Object.fromEntries(fleet.miners.map((miner) => [miner.mac, Number(miner.info()['power'])]))
  )
  const named = await values('pluto_device_power_watts * on (mac) group_left (ip) pluto_device_info', 'ip')
  t.same(Object.keys(named).sort(), fleet.miners.map(({ address }) => address).sort())
})

t.test('P27 shares by pool are what the miners found for each, across a restart', { skip: noPrometheus }, async (t) => {
  const { fleet, prometheus } = await scrapedFleet(t, 2)
  const [a, b] = fleet.miners
  if (!a || !b) throw new Error('two miners')
  const work = (miner: typeof a, pool: string, sharesAccepted: number) => {
    const [stratumURL = '', stratumPort] = pool.split(':')
    miner.override({ stratumURL, stratumPort: Number(stratumPort), sharesAccepted, sharesRejected: 1 })
  }
  const shares = () => prometheus.values('pluto_pool_shares_total{result="accepted"}', 'pool')
  const own = () => prometheus.values('pluto_device_shares_total{result="accepted"}', 'mac')
  const seen = (mac: string, count: number) => async () => (await own())[mac] === count

  work(a, POOLS[0] ?? '', 1000)
  work(b, POOLS[1] ?? '', 500)
  await until('the shares of both are known', async () => (await seen(a.mac, 1000)()) && (await seen(b.mac, 500)()))
  const before = await shares()
  work(a, POOLS[0] ?? '', 1007)
  work(b, POOLS[1] ?? '', 502)
  await until('more shares are known', async () => (await seen(a.mac, 1007)()) && (await seen(b.mac, 502)()))
  work(b, POOLS[1] ?? '', 3)
  await until('the counter of the other has restarted', seen(b.mac, 3))
  const after = await shares()
  t.equal((after['Ocean Main'] ?? 0) - (before['Ocean Main'] ?? 0), 7)
  t.equal((after['pool.example:3333'] ?? 0) - (before['pool.example:3333'] ?? 0), 5)
  const [resets] = await prometheus.query(`resets(pluto_device_shares_total{mac="${b.mac}",result="accepted"}[1m])`)
  t.equal(resets?.value[1], '1')
})

t.test(
  'P08 a miner that is switched off is down in Prometheus, and only up and info are left of it',
  { skip: noPrometheus },
  async (t) => {
    const { fleet, prometheus } = await scrapedFleet(t, 2)
    const [a, b] = fleet.miners
    await until(
      'both are up',
      async () => Object.values(await prometheus.values('pluto_device_up', 'mac')).join() === '1,1'
    )
    b?.powerOff()
    await until('it is down', async () => (await prometheus.values('pluto_device_up', 'mac'))[b?.mac ?? ''] === 0)
    const left = await prometheus.query(`{mac="${b?.mac}"}`)
    t.same(
      left
        .map(({ metric }) => metric['__name__'])
        .filter((name) => name?.startsWith('pluto_'))
        .sort(),
      ['pluto_device_info', 'pluto_device_up']
    )
    const { '': total } = await prometheus.values('pluto_fleet_power_watts')
    t.equal(total, Number(a?.info()['power']))
    const pending = await until('the alert waits for its time', async () => {
      const alerts = await prometheus.query('ALERTS{alertname="PlutoMinerDown"}')
      return alerts.length > 0 ? alerts : null
    })
    t.match(pending, [{ metric: { alertstate: 'pending', mac: b?.mac, ip: b?.address } }])
  }
)

t.test('Prometheus evaluates every rule and every query of docs/METRICS.md', { skip: noPrometheus }, async (t) => {
  const { prometheus } = await scrapedFleet(t)
  const rules = await until('every rule was evaluated', async () => {
    const { groups } = await prometheus.get<{ groups: { rules: Rule[] }[] }>('rules')
    const all = groups.flatMap((group) => group.rules)
    return all.every(({ health }) => health !== 'unknown') ? all : null
  })
  t.ok(rules.length > 15)
  t.same(
    rules.filter(({ health }) => health !== 'ok'),
    []
  )
  const [first = '', ...others] = [...readFileSync(METRICS, 'utf8').matchAll(/^```promql\n([^]*?)^```$/gm)].map(
    ([, query = '']) => query
  )
  const named = await until('the miners are scraped', async () => {
    const samples = await prometheus.query(first)
    return samples.length > 0 ? samples : null
  })
  for (const { metric, value } of named) t.ok(metric['hostname'] && Number(value[1]) > 0)
  for (const query of others) await t.resolves(prometheus.query(query), query)
})
