import { Value } from '@sinclair/typebox/value'
import fp from 'fastify-plugin'
import { parseAddress, type Address } from '../../src/network.ts'
import type { Imprint } from '../../schemas/device.ts'
import { StoredReadingSchema, type StoredReading } from '../../schemas/telemetry.ts'
import { Hub, type LastKnown } from './hub.ts'
import { createLiveReader, defaultLiveTimes } from './live-reader.ts'
import type { LiveTimes } from './live-stream.ts'

const OPTIONS_AGAIN_MS = 10 * 60_000

/** Takes the place of the plugin's own constants. */
export interface DeviceHubOptions {
  optionsAgainMs?: number
  live?: Partial<LiveTimes>
}

declare module 'fastify' {
  interface FastifyInstance {
    deviceHub: Hub
  }
}

export default fp<DeviceHubOptions>(
  async (app, options) => {
    const { axeos, bus, config, db, discovery } = app
    const poll = (address: Address, signal: AbortSignal) => axeos.readInfo(address, { signal })
    const times = { ...defaultLiveTimes, ...options.live }
    const hub = new Hub({
      bus,
      intervalMs: config.POLL_INTERVAL_MS,
      concurrency: config.POLL_CONCURRENCY,
      recoveryConcurrency: config.RECOVERY_CONCURRENCY,
      optionsAgainMs: options.optionsAgainMs ?? OPTIONS_AGAIN_MS,
      read: config.LIVE_UPDATES ? createLiveReader({ poll, toReading: axeos.toReading, times }) : poll,
      readAsicOptions: (address, reading, signal) => axeos.readAsicOptions(address, reading, { signal }),
      macOf: (host) => discovery.macOf(host),
      locate: async (mac) => parseAddress((await discovery.locate(mac))?.ip ?? '')
    })

    const imprints = db.imprinted.list()
    const rows = await db.readTelemetry(imprints.map((imprint) => imprint.mac))
    // A reading can be had again: one that another version has written in another form counts as none.
    const stored = rows.map((row) => (Value.Check(StoredReadingSchema, row) ? row : undefined))
    imprints.forEach((imprint, i) => {
      const address = parseAddress(newestAddress(imprint, stored[i]))
      if (address) hub.claim(imprint.mac, address, lastKnown(stored[i]))
      else app.log.error({ mac: imprint.mac, ip: imprint.ip }, 'an imprinted device has no valid address')
    })

    function lastKnown(row: StoredReading | undefined): LastKnown {
      if (!row) return { reading: null, asicOptions: null, lastPollAt: null }
      return { reading: axeos.toReading(row.info), asicOptions: row.options, lastPollAt: Date.parse(row.at) }
    }

    app.decorate('deviceHub', hub)
    app.addHook('onReady', async () => {
      if (config.AUTO_LISTEN) hub.watch(imprints.map((imprint) => imprint.mac))
    })
    app.addHook('preClose', () => hub.close())
  },
  { name: 'deviceHub', dependencies: ['bus', 'db', 'axeos', 'discovery'], fastify: '5.x' }
)

/** The user's word and the device's own whereabouts are two facts: the newer one holds. */
function newestAddress(imprint: Imprint, stored: StoredReading | undefined): string {
  return stored && stored.at > imprint.ipSetAt ? stored.ip : imprint.ip
}
