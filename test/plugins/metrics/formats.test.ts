import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import t from 'tap'
import { aDevice, aReading, buildMetrics, linesOf, valueOf, MAC, OTHER_MAC } from './helper.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

t.test('a scraper gets OpenMetrics when it asks for it, else text', async (t) => {
  const accepts = {
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      OPENMETRICS,
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1':
      OPENMETRICS,
    'Application/OpenMetrics-Text; Version=1.0.0': OPENMETRICS,
    'application/openmetrics-text, text/plain': OPENMETRICS,
    'text/plain, application/openmetrics-text': TEXT,
    'text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5': TEXT,
    'application/openmetrics-text;q=0': TEXT,
    'application/openmetrics-text;q=nonsense': TEXT,
    'text/html,application/xhtml+xml,*/*;q=0.8': TEXT,
    '*/*': TEXT,
    '': TEXT
  }
  const { app } = await buildMetrics(t)
  const typeFor = async (headers: Record<string, string>) =>
    (await app.inject({ url: '/metrics', headers })).headers['content-type']
  for (const [accept, type] of Object.entries(accepts)) t.equal(await typeFor({ accept }), type, accept)
  t.equal(await typeFor({}), TEXT)
})

t.test(
  'OpenMetrics ends with # EOF, has no blank line, and names counters without _total only in their heads',
  async (t) => {
    const { app, bus, scrape } = await buildMetrics(t, [aDevice()])
    app.get('/things/:id', async () => 'a thing')
    await app.inject('/things/1')
    bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
    const text = await scrape('application/openmetrics-text')
    t.ok(text.endsWith('\n# EOF\n'))
    t.equal(text.split('# EOF').length, 2)
    t.notMatch(text, /\n\n/)
    const counters = [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map((match) => match[1])
    for (const name of ['pluto_pool_shares', 'pluto_device_shares', 'pluto_polls', 'process_cpu_user_seconds'])
      t.ok(counters.includes(name), name)
    for (const name of counters) {
      t.match(text, new RegExp(`^# HELP ${name} `, 'm'))
      t.match(text, new RegExp(`^${name}_total[{ ]`, 'm'))
    }
    t.notMatch(text, /^# \w+ \S+_total /m)
    t.match(text, 'pluto_poll_duration_seconds_bucket{le="1.0"}')
    t.match(text, 'pluto_poll_duration_seconds_bucket{le="+Inf"}')
  }
)

t.test('both formats have the same samples, each family in one piece under one head', async (t) => {
  const { bus, scrape } = await buildMetrics(t, [aDevice()])
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  const formats = await Promise.all(['text/plain', 'application/openmetrics-text'].map((accept) => scrape(accept)))
  const [text = [], openmetrics = []] = formats.map((answer) => {
    const samples = answer.split('\n').filter((line) => /^pluto_/.test(line))
    const names = samples.map((line) => /^\w+?(?=(_bucket|_sum|_count)?[{ ])/.exec(line)?.[0])
    const pieces = names.filter((name, i) => name !== names[i - 1])
    t.equal(new Set(pieces).size, pieces.length)
    return samples.map((line) => line.replace(/le="(\d+)\.0"/, 'le="$1"'))
  })
  t.same(text, openmetrics)
})

t.test('a scrape in one format leaves those in the other as they were', async (t) => {
  const { scrape } = await buildMetrics(t, [aDevice()])
  await scrape('application/openmetrics-text')
  const [text = ''] = await Promise.all([scrape(), scrape('application/openmetrics-text'), scrape()])
  t.equal(valueOf(text, 'pluto_polls_total{result="ok"}'), '0')
  t.match(text, /^# TYPE pluto_polls_total counter$/m)
  t.notMatch(text, /EOF/)
})

t.test('a scrape shows one moment, however slowly it is taken', async (t) => {
  const devices = [aDevice(), aDevice({ mac: OTHER_MAC })]
  const { app } = await buildMetrics(t, devices)
  const { body } = await app.metrics.scrape()
  devices[0] = aDevice({ state: 'offline' })
  devices.pop()
  const answer = await readText(body)
  t.same(linesOf(answer, 'pluto_device_up{'), [
    `pluto_device_up{mac="${MAC}"} 1`,
    `pluto_device_up{mac="${OTHER_MAC}"} 1`
  ])
  t.equal(linesOf(answer, 'pluto_device_power_watts').length, 2)
  t.match(linesOf(answer, 'pluto_devices'), [
    'pluto_devices{state="idle"} 0',
    /connecting/,
    'pluto_devices{state="online"} 2'
  ])
})

t.test('a scraper that goes away in the middle leaves nothing open', async (t) => {
  const fleet = Array.from({ length: 3000 }, (_, i) => aDevice({ mac: `bc:dd:c2:00:${MAC.slice(-2)}:${i}` }))
  const { app, scrape } = await buildMetrics(t, fleet)
  const begun: Readable[] = []
  app.addHook('onSend', async (_request, _reply, payload) => {
    if (payload instanceof Readable) begun.push(payload)
    return payload
  })
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(await app.listen({ port: 0 })).port) })
  socket.write('GET /metrics HTTP/1.1\r\nHost: pluto\r\n\r\n')
  await once(socket, 'readable')
  t.equal(begun[0]?.readableEnded, false, 'it is too much for what a socket holds')
  socket.destroy()
  await once(begun[0] ?? socket, 'close')
  t.equal(begun[0]?.readableEnded, false)
  t.match(await scrape(), /pluto_devices\{state="online"\} 3000/)
})
