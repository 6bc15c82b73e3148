import fp from 'fastify-plugin'
import type { DeviceSnapshot } from '../src/snapshot.ts'
import type { StoredReading } from '../schemas/telemetry.ts'

export default fp(
  async (app) => {
    const { bus, config, db, deviceHub } = app
    const changed = new Set<string>()

    /** Writes the newest reading of each device that answered since the last time; a device that is gone is erased. */
    async function flush() {
      const rows = new Map([...changed].map((mac) => [mac, toRow(deviceHub.get(mac))]))
      changed.clear()
      try {
        await db.writeTelemetry(rows)
      } catch (err) {
        for (const mac of rows.keys()) changed.add(mac)
        app.log.error({ err }, 'the last readings could not be stored')
      }
    }

    bus.on('device.polled', ({ mac }) => changed.add(mac))
    for (const event of ['device.moved', 'device.released'] as const) {
      bus.on(event, ({ mac }) => {
        changed.add(mac)
        void flush()
      })
    }

    const timer = setInterval(() => void flush(), config.TELEMETRY_FLUSH_MS)
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await flush()
    })
  },
  { name: 'recorder', dependencies: ['deviceHub'], fastify: '5.x' }
)

function toRow(device: DeviceSnapshot | undefined): StoredReading | null {
  if (!device?.reading || device.lastPollAt === null) return null
  const at = new Date(device.lastPollAt).toISOString()
  return { ip: device.ip, at, info: device.reading.info, options: device.asicOptions }
}
