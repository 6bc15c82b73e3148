import fp from 'fastify-plugin'
import type { DeviceSnapshot } from '../src/snapshot.ts'
import { isStoreFailure } from '../src/errors/code-of.ts'
import type { StoredReading } from '../schemas/telemetry.ts'

/** Readings are put into JSON all at once: few enough of them that nobody waits for it. */
const DEVICES_PER_WRITE = 500

export default fp(
  async (app) => {
    const { bus, config, db, deviceHub } = app
    const changed = new Set<string>()

    let flushed = Promise.resolve()

    /**
     * Writes the newest reading of each device that answered since the last time; a device that is gone is erased. One
     * after the other, because writes that overlap may overtake each other and bring back what was erased.
     */
    function flush(): Promise<void> {
      flushed = flushed.then(writeAll)
      return flushed
    }

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
