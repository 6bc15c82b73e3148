import t from 'tap'
import { aDevice, buildMetrics, valueOf, MAC } from './helper.ts'

t.test('a device has a sample for each value', async (t) => {
  const { scrape } = await buildMetrics(t, [aDevice()])
  console.error(await scrape())
  t.equal(valueOf(await scrape(), `pluto_device_power_watts{mac="${MAC}"}`), '18.5')
})
