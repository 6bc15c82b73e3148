import t from 'tap'
import { until, watchFleet } from '../../helper.ts'
import { linesOf, valueOf } from './helper.ts'

t.test(
  'P01 P08 miners with one host name are scraped side by side, and only the one that is switched off is down',
  async (t) => {
    const { url, fleet } = await watchFleet(t, { devices: 2 })
    const [a, b] = fleet.miners
    if (!a || !b) throw new Error('two miners')
    for (const miner of [a, b]) miner.rename('bitaxe')
    const scrape = async () => (await fetch(`${url}/metrics`)).text()
    await until('both are called bitaxe', async () => {
      const infos = linesOf(await scrape(), 'pluto_device_info')
      return infos.length === 2 && infos.every((line) => line.includes('hostname="bitaxe"'))
    })
    const both = await scrape()
    for (const { mac } of [a, b]) t.match(linesOf(both, `pluto_device_power_watts{mac="${mac}"}`), [/ \d/])
    t.equal(valueOf(both, 'pluto_devices{state="online"}'), '2')
    b.powerOff()
    const later = await until('the other one is down', async () => {
      const text = await scrape()
      return valueOf(text, `pluto_device_up{mac="${b.mac}"}`) === '0' ? text : null
    })
    t.same(
      linesOf(later, 'pluto_device_')
        .filter((line) => line.includes(b.mac))
        .map((line) => /^\w+/.exec(line)?.[0]),
      ['pluto_device_up', 'pluto_device_info']
    )
    t.equal(valueOf(later, 'pluto_fleet_power_watts'), valueOf(later, `pluto_device_power_watts{mac="${a.mac}"}`))
  }
)

t.test('P03 removing bitaxe takes every sample of its own, and none of bitaxe_2', async (t) => {
  const { url, fleet } = await watchFleet(
    t,
    { devices: 2, hostnames: ['bitaxe', 'bitaxe_2'] },
    { LEGACY_METRICS: true }
  )
  const [gone, kept] = ['bitaxe', 'bitaxe_2'].map((name) => fleet.miners.find(({ hostname }) => hostname === name))
  if (!gone || !kept) throw new Error('two miners')
  const seriesOf = async (isOf: (line: string) => boolean) => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return linesOf(text, '').flatMap((line) => (isOf(line) ? (line.split(' ')[0] ?? []) : []))
  }
  const ofKept = () => seriesOf((line) => line.includes(kept.mac) || line.startsWith('bitaxe_2_'))
  const before = await ofKept()
  t.ok(before.length > 40)
  t.equal((await fetch(`${url}/devices/imprint/${gone.mac}`, { method: 'DELETE' })).status, 200)
  const polls = kept.infoRequests
  await until('the other one is polled twice more', () => kept.infoRequests >= polls + 2)
  t.same(await ofKept(), before)
  t.same(await seriesOf((line) => line.includes(gone.mac) || /^bitaxe_(?!2_)/.test(line)), [])
})

t.test('P33 the totals are numbers while one miner answers with wrong types', async (t) => {
  const { url, fleet, app } = await watchFleet(t, { devices: 2 })
  const [a, b] = fleet.miners
  b?.override({ power: 'much', hashRate: null, voltage: [], sharesAccepted: {}, hostname: 7 })
  await new Promise<void>((resolve) => {
    const off = app.bus.on('device.polled', ({ mac, reading }) => {
      if (mac !== b?.mac || reading.telemetry.powerWatts !== null) return
      off()
      resolve()
    })
  })
  const text = await (await fetch(`${url}/metrics`)).text()
  t.notMatch(text, /^pluto_.* (NaN|null|undefined|\[object)/m)
  t.equal(valueOf(text, 'pluto_fleet_power_watts'), valueOf(text, `pluto_device_power_watts{mac="${a?.mac}"}`))
  t.equal(valueOf(text, 'pluto_devices{state="online"}'), '2')
})

t.test('Prometheus gets OpenMetrics from the whole app', async (t) => {
  const { url } = await watchFleet(t, { devices: 1 })
  const answer = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  t.match(await answer.text(), /# EOF\n$/)
})
