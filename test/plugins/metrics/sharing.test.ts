import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { until } from '../../helper.ts'
import { aDevice, aReading, buildMetrics } from './helper.ts'

const DEVICES = 2000
const ACCEPT = { text: 'text/plain', openmetrics: 'application/openmetrics-text' }

const fleetOf = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    aDevice({ mac: `bc:dd:c2:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}` })
  )

/** Scrapers that send a request and do not read the answer, until they are told to. */
async function leaveUnread(t: Test, port: number, count: number, accept: string) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.pause()
      socket.write(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`)
      return socket
    })
  )
}

async function listen(t: Test) {
  const fleet = await buildMetrics(t, fleetOf(DEVICES))
  let served = 0
  fleet.app.addHook('onSend', async () => void served++)
  const url = await fleet.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...fleet, port: Number(new URL(url).port), served: () => served }
}

t.test('P35 hundreds of scrapes that nobody reads cost a bounded number of renderings', async (t) => {
  const { counts, port, served } = await listen(t)
  const startedAt = performance.now()
  await leaveUnread(t, port, 100, ACCEPT.text)
  await until('all are answered', () => served() === 100)
  const seconds = Math.ceil((performance.now() - startedAt) / 1000)
  t.ok(counts.snapshots <= 4 + seconds, `${counts.snapshots} renderings in ${seconds} s`)
})

t.test('P35 a shared rendering is the whole answer, in both formats', async (t) => {
  const { app, port, served } = await listen(t)
  const [first] = await leaveUnread(t, port, 6, ACCEPT.text)
  await until('they are unfinished', () => served() === 6)
  for (const [format, accept] of Object.entries(ACCEPT)) {
    const bodies = await Promise.all([1, 2].map(async () => text((await app.metrics.scrape([accept])).body)))
    for (const body of bodies) {
      t.equal(body.match(/^pluto_device_up\{/gm)?.length, DEVICES)
      t.equal(body.endsWith('# EOF\n'), format === 'openmetrics')
      t.match(body, /pluto_build_info/)
    }
    t.equal(bodies[0], bodies[1], 'of one moment')
  }
  first?.resume()
})

t.test(
  'P35 a rendering is released with its last scraper, and single scrapes are rendered each for itself',
  async (t) => {
    const { app, counts, devices, port, scrape, served } = await listen(t)
    const sockets = await leaveUnread(t, port, 8, ACCEPT.text)
    await until('they are unfinished', () => served() === 8)
    const shared = counts.snapshots
    t.equal(shared, 5)
    for (const socket of sockets) socket.destroy()
    await until('their connections are gone', async () => {
      const { body } = await app.metrics.scrape()
      body.destroy()
      const before = counts.snapshots
      const next = await app.metrics.scrape()
      next.body.destroy()
      return counts.snapshots > before
    })
    devices.length = 0
    devices.push(aDevice({ reading: aReading({ powerWatts: 99 }) }))
    t.match(await scrape(), /pluto_fleet_power_watts 99/)
  }
)
