import fp from 'fastify-plugin'
import { isStoreFailure } from '../src/errors/code-of.ts'
import { createSerial } from '../src/serial.ts'
import type { DeviceSnapshot } from '../schemas/device.ts'
import type { StoredReading } from '../schemas/telemetry.ts'

/** A write encodes its readings as JSON in one go, so this bounds how long it blocks the event loop. */
const DEVICES_PER_WRITE = 500

export default fp(
  async (app) => {
    const { bus, config, db, deviceHub } = app
    const changed = new Set<string>()
    const writes = createSerial()

    /**
     * Writes the latest reading of each device that has changed since the last flush, and deletes that of a released device.
     * Flushes run one at a time: an overlapping older one could bring back a deleted reading.
     */
    const flush = () => writes.run(writeAll)

    async function writeAll(): Promise<void> {
      const macs = [...changed]
      changed.clear()
      for (let i = 0; i < macs.length; i += DEVICES_PER_WRITE) await write(macs.slice(i, i + DEVICES_PER_WRITE))
    }

    async function write(macs: string[]): Promise<void> {
      try {
        await db.writeTelemetry(new Map(macs.map((mac) => [mac, toRow(deviceHub.get(mac))])))
      } catch (err) {
        for (const mac of macs) changed.add(mac)
        if (!isStoreFailure(err)) app.log.error({ err }, 'the last readings could not be stored')
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
