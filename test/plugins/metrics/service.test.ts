import { closeSync, openSync } from 'node:fs'
import client from 'prom-client'
import t from 'tap'
import { MinerTimeoutError } from '../../../src/errors/miners.ts'
import { aReading, buildMetrics, linesOf, valueOf, MAC } from './helper.ts'

t.test('polls are counted by result, their durations in seconds', async (t) => {
  const { bus, scrape } = await buildMetrics(t)
  t.same(linesOf(await scrape(), 'pluto_polls_total'), ['pluto_polls_total{result="ok"} 0'])
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 60 })
  bus.emit('device.failed', { mac: MAC, error: new MinerTimeoutError('192.168.1.20', 4000), durationMs: 4000 })
  bus.emit('device.failed', { mac: MAC, error: new Error('no code'), durationMs: NaN })
  const text = await scrape()
  t.same(linesOf(text, 'pluto_polls_total'), [
    'pluto_polls_total{result="ok"} 2',
    'pluto_polls_total{result="miner_timeout"} 1',
    'pluto_polls_total{result="error"} 1'
  ])
  t.equal(valueOf(text, 'pluto_poll_duration_seconds_count'), '3')
  t.equal(valueOf(text, 'pluto_poll_duration_seconds_sum'), '4.1')
  t.equal(valueOf(text, 'pluto_poll_duration_seconds_bucket{le="0.05"}'), '1')
})

t.test('the gauges of the service tell how it is at the scrape', async (t) => {
  const { app, scrape } = await buildMetrics(t)
  const before = await scrape()
  t.equal(valueOf(before, 'pluto_poll_queue_depth{lane="healthy"}'), '3')
  t.equal(valueOf(before, 'pluto_poll_queue_depth{lane="recovery"}'), '2')
  t.equal(valueOf(before, 'pluto_log_streams'), '0')
  t.equal(valueOf(before, 'pluto_socket_clients'), '0')
  t.match(before, new RegExp(`^pluto_build_info{version="\\d+\\.\\d+\\.\\d+[^"]*",node="${process.version}"} 1$`, 'm'))
  app.metrics.setLogStreams(4)
  t.equal(valueOf(await scrape(), 'pluto_log_streams'), '4')
  app.metrics.setLogStreams(0)
  t.equal(valueOf(await scrape(), 'pluto_log_streams'), '0')
})

t.test('requests are measured by the template of their route, scrapes and unknown routes not at all', async (t) => {
  const { app, scrape } = await buildMetrics(t)
  app.get('/things/:id', async () => 'a thing')
  for (let i = 0; i < 50; i++) await app.inject(`/things/${i}`)
  for (let i = 0; i < 50; i++) await app.inject(`/unknown/${i}`)
  await scrape()
  await app.inject('/metrics/')
  const counts = linesOf(await scrape(), 'http_request_duration_seconds_count')
  t.same(counts, ['http_request_duration_seconds_count{method="GET",route="/things/:id",status_code="2xx"} 50'])
})

t.test('two apps in one process do not share their numbers, and leave the global registry empty', async (t) => {
  const [a, b] = [await buildMetrics(t), await buildMetrics(t)]
  a.bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  t.equal(valueOf(await a.scrape(), 'pluto_polls_total{result="ok"}'), '1')
  t.equal(valueOf(await b.scrape(), 'pluto_polls_total{result="ok"}'), '0')
  t.same(client.register.getMetricsAsArray(), [])
})

t.test('a closed app no longer listens', async (t) => {
  const { app, bus } = await buildMetrics(t)
  const { registry } = app.metrics
  await app.close()
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  t.match(await registry.getSingleMetricAsString('pluto_polls_total'), /result="ok"} 0$/)
})

t.test(
  'open files are counted as they are opened and closed',
  { skip: process.platform !== 'linux' && 'only Linux tells them' },
  async (t) => {
    const { scrape } = await buildMetrics(t)
    const count = async () => Number(valueOf(await scrape(), 'process_open_fds'))
    const before = await count()
    const files = Array.from({ length: 20 }, () => openSync('package.json', 'r'))
    t.equal(await count(), before + files.length)
    files.forEach((file) => closeSync(file))
    t.equal(await count(), before)
  }
)
