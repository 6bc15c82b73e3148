import { spawnSync } from 'node:child_process'
import t from 'tap'
import { aDevice, aReading, buildMetrics, MAC, OTHER_MAC } from './helper.ts'

const absent = spawnSync('promtool', ['--version']).error !== undefined
const skip = absent && process.env.CI !== 'true' ? 'promtool is not installed' : false

t.test('promtool finds nothing to say about the metrics of a hostile fleet', { skip }, async (t) => {
  const hostile = { hostname: 'a"b\\c\nd\ud800\0', version: '', pool: '"}\n# EOF', model: 'γ 🙂' }
  const silent = aReading({ powerWatts: null, hashrateHps: 0, fans: [] })
  const { app, bus, scrape } = await buildMetrics(t, [
    aDevice(),
    aDevice({ mac: OTHER_MAC, reading: aReading({}, hostile) }),
    aDevice({ mac: 'bc:dd:c2:00:00:03', reading: silent }),
    aDevice({ mac: 'bc:dd:c2:00:00:04', state: 'offline', reading: null, lastPollAt: null })
  ])
  app.get('/things/:id', async () => 'a thing')
  await app.inject('/things/1')
  bus.emit('device.polled', { mac: MAC, reading: aReading({}, hostile), durationMs: 40 })
  bus.emit('device.failed', { mac: MAC, error: new Error('no'), durationMs: 40 })
  t.same(check(await scrape()), { status: 0, output: '' })
})

t.test('promtool has nothing to say about an empty fleet either', { skip }, async (t) => {
  const { scrape } = await buildMetrics(t)
  t.same(check(await scrape()), { status: 0, output: '' })
})

function check(input: string) {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
