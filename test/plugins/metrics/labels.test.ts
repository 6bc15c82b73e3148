import t from 'tap'
import { aDevice, aReading, buildMetrics, linesOf, MAC, OTHER_MAC } from './helper.ts'

const HOSTILE: Record<string, [given: string, written: string]> = {
  'a leading digit': ['2nd miner', '2nd miner'],
  'an empty text': ['', ''],
  quotes: ['my "best" miner', 'my \\"best\\" miner'],
  backslashes: ['C:\\', 'C:\\\\'],
  newlines: ['a\nb', 'a\\nb'],
  'other control characters': ['a\0b\r\tc\u0085', 'a�b��c�'],
  'half a surrogate pair': ['x\ud83dy', 'x�y'],
  unicode: ['NerdOCTAXE-γ 🙂', 'NerdOCTAXE-γ 🙂'],
  'a line of its own': ['x"} 1\npluto_device_up{mac="y"} 1\n# EOF', 'x\\"} 1\\npluto_device_up{mac=\\"y\\"} 1\\n# EOF'],
  'a path': ['../../etc/passwd', '../../etc/passwd'],
  'the name of a metric': ['total', 'total'],
  'the name of a property': ['__proto__', '__proto__'],
  'a text without end': ['x'.repeat(100_000), 'x'.repeat(256)],
  'a text that is cut within a surrogate pair': [`${'x'.repeat(255)}🙂`, `${'x'.repeat(255)}�`]
}

for (const [what, [given, written]] of Object.entries(HOSTILE)) {
  t.test(`P02 a device that calls everything ${what} breaks nothing`, async (t) => {
    const reading = aReading({}, { hostname: given, version: given, pool: given, model: given, asicModel: given })
    const { bus, scrape } = await buildMetrics(t, [aDevice({ reading }), aDevice({ mac: OTHER_MAC })])
    bus.emit('device.polled', { mac: MAC, reading, durationMs: 1 })
    const text = await scrape()
    const lines = linesOf(text, 'pluto_')
    const w = written
    t.ok(
      lines.includes(
        `pluto_device_info{mac="${MAC}",hostname="${w}",ip="192.168.1.20",model="${w}",asic="${w}",version="${w}",pool="${w}"} 1`
      )
    )
    t.equal(lines.includes(`pluto_firmware_devices{version="${w}"} 1`), given !== '')
    t.equal(lines.includes(`pluto_pool_devices{pool="${w}"} 1`), given !== '')
    t.equal(lines.includes(`pluto_pool_shares_total{pool="${w}",result="accepted"} 0`), given !== '')
    t.same(names(text), names(await plain(t)), 'no metric is named by a device')
  })
}

t.test('P02 pools and versions that read alike once they are labels are one sample', async (t) => {
  const twins = ['\ud800', '\ud801'].map((text, i) =>
    aDevice({ mac: [MAC, OTHER_MAC][i] ?? '', reading: aReading({}, { version: text, pool: text }) })
  )
  const { bus, scrape } = await buildMetrics(t, twins)
  for (const { mac, reading } of twins) if (reading) bus.emit('device.polled', { mac, reading, durationMs: 1 })
  const text = await scrape()
  t.same(linesOf(text, 'pluto_firmware_devices'), ['pluto_firmware_devices{version="�"} 2'])
  t.same(linesOf(text, 'pluto_pool_devices'), ['pluto_pool_devices{pool="�"} 2'])
  t.equal(linesOf(text, 'pluto_pool_shares_total').length, 2)
})

/** The names of everything that is the backend's own. */
function names(text: string): string[] {
  const all = linesOf(text, 'pluto_').map((line) => /^\w+/.exec(line)?.[0] ?? line)
  return [...new Set(all)].filter((name) => !/^pluto_(pool|firmware)_/.test(name)).sort()
}

async function plain(t: Parameters<typeof buildMetrics>[0]) {
  return (await buildMetrics(t, [aDevice(), aDevice({ mac: OTHER_MAC })])).scrape()
}
