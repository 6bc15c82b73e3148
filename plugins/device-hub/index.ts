import fp from 'fastify-plugin'
import { lastKnownOf } from '../../src/last-known.ts'
import { parseAddress } from '../../src/network.ts'
import { Hub } from './hub.ts'

const OPTIONS_AGAIN_MS = 10 * 60_000

/** Takes the place of the plugin's own constants. */
export interface DeviceHubOptions {
  optionsAgainMs?: number
}

declare module 'fastify' {
  interface FastifyInstance {
    deviceHub: Hub
  }
}

export default fp<DeviceHubOptions>(
  async (app, options) => {
    const { axeos, bus, config, db, discovery } = app
    const hub = new Hub({
      bus,
      intervalMs: config.POLL_INTERVAL_MS,
      concurrency: config.POLL_CONCURRENCY,
      recoveryConcurrency: config.RECOVERY_CONCURRENCY,
      optionsAgainMs: options.optionsAgainMs ?? OPTIONS_AGAIN_MS,
      read: axeos.readRegularly,
      readAsicOptions: (address, reading, signal) => axeos.readAsicOptions(address, reading, { signal }),
      macOf: (host) => discovery.macOf(host),
      locate: async (mac) => parseAddress((await discovery.locate(mac))?.ip ?? '')
    })

    const imprints = db.imprinted.list()
    const rows = await db.readTelemetry(imprints.map((imprint) => imprint.mac))
    imprints.forEach((imprint, i) => {
      const { address, known } = lastKnownOf(imprint, rows[i], axeos.toReading)
      if (address) hub.claim(imprint.mac, address, known)
      else app.log.error({ mac: imprint.mac, ip: imprint.ip }, 'an imprinted device has no valid address')
    })

    app.decorate('deviceHub', hub)
    app.addHook('onReady', async () => {
      if (config.AUTO_LISTEN) hub.watch(imprints.map((imprint) => imprint.mac))
    })
    app.addHook('preClose', () => hub.close())
  },
  { name: 'deviceHub', dependencies: ['bus', 'db', 'axeos', 'discovery'], fastify: '5.x' }
)
