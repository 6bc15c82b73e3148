import t from 'tap'
import { until, watchFleet } from '../helper.ts'

t.test('a device that is removed while readings are being written is not written again', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { TELEMETRY_FLUSH_MS: 100 })
  const mac = fleet.miners[0]?.mac ?? ''
  const { writeTelemetry } = app.db
  const writing: string[][] = []
  let hold = true
  app.db.writeTelemetry = async (rows) => {
    const macs = [...rows.keys()]
    t.same(writing, [], 'one write at a time')
    writing.push(macs)
    await until('the writer is let go', () => !hold || !macs.includes(mac))
    await writeTelemetry(rows)
    writing.pop()
  }
  await until('its reading is being written', () => writing.some((macs) => macs.includes(mac)))
  await app.devices.remove(mac)
  hold = false
  await until('it is erased', async () => (await app.db.readTelemetry([mac]))[0] === undefined && writing.length === 0)
  await app.close()
})
