import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Address } from '../../src/network.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import { commandSupport, createCommands } from './commands/commands.ts'
import type { RejectedField } from './reading/reject-absurd.ts'
import { optionsFromTable } from './reading/asic-options.ts'
import { createReaders } from './reading/readers.ts'
import { toReading } from './reading/telemetry.ts'
import { planSettings } from './settings/plan.ts'
import { verifySettings } from './settings/verify.ts'
import { createLiveReader, defaultLiveTimes } from './streams/live-reader.ts'
import type { LiveTimes } from './streams/live-stream.ts'
import { openMinerStream, type OpenStream } from './streams/miner-stream.ts'
import { createClient } from './wire/client.ts'
import { createReadConnections, createWriteConnections, type Connections } from './wire/connections.ts'

export interface AxeosOptions {
  /** Replaces the plugin's own connections; its creator closes it. */
  dispatcher?: Dispatcher
  live?: Partial<LiveTimes>
}

/** Creates the adapter for miners: all that depends on their protocol and firmware. */
function createAxeos(
  app: FastifyInstance,
  dispatcher: Dispatcher,
  writeDispatcher: Dispatcher,
  live: Partial<LiveTimes> = {}
) {
  const { config } = app
  const { DEVICE_NETWORKS: networks, POLL_TIMEOUT_MS: timeoutMs } = config
  const onShortage = (error: unknown) => {
    if (app.hasDecorator('shortages')) app.shortages.report(error, 'a request to a miner')
  }
  const client = createClient({ dispatcher, writeDispatcher, networks, timeoutMs, onShortage })
  const rejected = new Map<RejectedField, number>()
  const reject = (field: RejectedField) => void rejected.set(field, (rejected.get(field) ?? 0) + 1)
  const toCountedReading = (info: Reading['info']) => toReading(info, reject)
  const readers = createReaders(client, toCountedReading)
  const poll = (address: Address, signal: AbortSignal) => readers.readInfo(address, { signal })
  const openStream: OpenStream = (address, ...rest) => openMinerStream(client.parseAddress(address.text), ...rest)
  const readLive = createLiveReader({
    poll,
    toReading: toCountedReading,
    openStream,
    times: { ...defaultLiveTimes, ...live }
  })
  const readRegularly = config.LIVE_UPDATES ? readLive : poll

  return {
    /** Parses an address from a client. @throws {InvalidAddressError | AddressNotAllowedError} */
    parseAddress: client.parseAddress,
    ...readers,
    /** Reads a miner, once per interval: from its live stream with LIVE_UPDATES where it works, else by a poll. */
    readRegularly,
    /** `openMinerStream` with a check of the address. @throws {InvalidAddressError | AddressNotAllowedError} */
    openStream,
    optionsFromTable,
    /** Converts a stored answer; an answer of a miner is a reading already. */
    toReading: (info: Reading['info']): Reading => toReading(info),
    /** How many readings of each field were absent because no board can have them. */
    rejectedReadings: rejected as ReadonlyMap<RejectedField, number>,
    planSettings,
    verifySettings,
    commandSupport,
    ...createCommands(client)
  }
}
export type Axeos = ReturnType<typeof createAxeos>

declare module 'fastify' {
  interface FastifyInstance {
    axeos: Axeos
  }
}

function closeWith(app: FastifyInstance, connections: Connections): Connections {
  app.addHook('onClose', () => connections.end())
  return connections
}

export default fp<AxeosOptions>(
  async (app, { dispatcher, live }) => {
    const reads = dispatcher ?? closeWith(app, createReadConnections(app.config))
    const writes = dispatcher ?? closeWith(app, createWriteConnections(app.config))
    app.decorate('axeos', createAxeos(app, reads, writes, live))
  },
  { name: 'axeos', fastify: '5.x' }
)
