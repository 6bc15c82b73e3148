import fp from 'fastify-plugin'
import { parseAddress } from '../../src/network.ts'
import { Hub } from './hub.ts'

const OPTIONS_RETRY_MS = 10 * 60_000
const CONFLICT_CHECK_MS = 60_000

/** Overrides the plugin's constants. */
export interface DeviceHubOptions {
  optionsRetryMs?: number
  conflictCheckMs?: number
}

declare module 'fastify' {
  interface FastifyInstance {
    deviceHub: Hub
  }
}

export default fp<DeviceHubOptions>(
  async (app, options) => {
    const { axeos, bus, config, db, discovery, log } = app
    const hub = new Hub({
      bus,
      log,
      intervalMs: config.POLL_INTERVAL_MS,
      concurrency: config.POLL_CONCURRENCY,
      recoveryConcurrency: config.RECOVERY_CONCURRENCY,
      optionsRetryMs: options.optionsRetryMs ?? OPTIONS_RETRY_MS,
      conflictCheckMs: options.conflictCheckMs ?? CONFLICT_CHECK_MS,
      poll: axeos.readRegularly,
      read: (address, signal) => axeos.readInfo(address, { signal }),
      readAsicOptions: (address, reading, signal) => axeos.readAsicOptions(address, reading, { signal }),
      toReading: axeos.toReading,
      macOf: (host) => discovery.macOf(host),
      locate: async (mac) => parseAddress((await discovery.locate(mac))?.ip ?? ''),
      readStored: (macs) => db.readTelemetry(macs),
      isImprinted: (mac) => db.imprinted.has(mac)
    })
    const claimed = await hub.claimStored(db.imprinted.list())

    discovery.onFound((mac, address) => hub.handleSighting(mac, address))
    app.decorate('deviceHub', hub)
    app.addHook('onReady', async () => {
      if (config.AUTO_LISTEN) hub.watch(claimed)
    })
    app.addHook('preClose', () => hub.close())
  },
  { name: 'deviceHub', dependencies: ['bus', 'db', 'axeos', 'discovery'], fastify: '5.x' }
)
