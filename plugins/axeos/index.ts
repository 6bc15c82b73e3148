import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Config } from '../../src/config.ts'
import { openMinerStream, type OpenStream } from './streams/miner-stream.ts'
import type { Address } from '../../src/network.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'
import { parseInfo } from './reading/answers.ts'
import { hasAsicRoute, optionsFromTable, parseAsicOptions } from './reading/asic-options.ts'
import { createClient, MAX_ANSWER_BYTES, type RequestOptions } from './wire/client.ts'
import { commandSupport, createCommands } from './commands/commands.ts'
import { Connections } from './wire/connections.ts'
import type { Answer } from './wire/exchange.ts'
import { planSettings } from './settings/plan.ts'
import { toReading } from './reading/telemetry.ts'
import { verifySettings } from './settings/verify.ts'
import { createLiveReader, defaultLiveTimes } from './streams/live-reader.ts'
import type { LiveTimes } from './streams/live-stream.ts'

const LONGEST_HOLD_MS = 30_000

export interface AxeosOptions {
  /** Takes the place of the plugin's own connections; whoever made it closes it. */
  dispatcher?: Dispatcher
  live?: Partial<LiveTimes>
}

/** Makes the adapter that knows how miners talk. */
export function createAxeos(
  config: Config,
  dispatcher: Dispatcher,
  commandDispatcher?: Dispatcher,
  live: Partial<LiveTimes> = {}
) {
  const client = createClient({
    dispatcher,
    commandDispatcher,
    networks: config.DEVICE_NETWORKS,
    timeoutMs: config.POLL_TIMEOUT_MS
  })

  const openStream: OpenStream = (address, ...how) => openMinerStream(client.admit(address.text), ...how)

  /**
   * Asks a miner how it is: one `GET /api/system/info`.
   * @throws the named error of what went wrong: every one of them is about this device alone
   */
  async function readInfo(address: Address, options?: RequestOptions): Promise<Reading> {
    return client.get(address, '/api/system/info', (answer) => toReading(parseInfo(answer, address)), options)
  }

  const poll = (address: Address, signal: AbortSignal) => readInfo(address, { signal })
  const liveTimes = { ...defaultLiveTimes, ...live }

  return {
    /** Parses an address that a client gave. @throws {InvalidAddressError | AddressNotAllowedError} */
    address: client.admit,

    readInfo,

    /** Reads a miner once in each interval: from its live stream with LIVE_UPDATES where there is one, else by a poll. */
    readRegularly: config.LIVE_UPDATES ? createLiveReader({ poll, toReading, openStream, times: liveTimes }) : poll,

    /**
     * Asks a miner which frequencies and voltages its board offers, where its firmware can tell; if it cannot or fails
     * to, the lists come from the table, and `source` says so (AXEOS.md 1.5, 4).
     * @throws {InvalidAddressError | AddressNotAllowedError} before a connection is made
     * @throws {PollAbortedError} the signal aborted
     */
    async readAsicOptions(
      address: Address,
      { identity }: Pick<Reading, 'identity'>,
      options?: RequestOptions
    ): Promise<AsicOptions> {
      client.admit(address.text)
      if (!hasAsicRoute(identity)) return optionsFromTable(identity)
      try {
        const read = (answer: Answer) => parseAsicOptions(answer, identity)
        return await client.get(address, '/api/system/asic', read, options)
      } catch (error) {
        if (options?.signal?.aborted) throw error
        return optionsFromTable(identity)
      }
    },

    /**
     * Connects to a WebSocket of a miner, as `openMinerStream` does.
     * @throws {InvalidAddressError | AddressNotAllowedError} before a connection is made
     */
    openStream,

    /** The lists of frequencies and voltages that the tables have for a board or its ASIC, without asking the miner. */
    optionsFromTable,

    /** Reads a stored or received info object, as `readInfo` reads an answer; never throws. */
    toReading,

    /** Works out the one write that gives a miner the settings that a client wants; asks nobody. */
    planSettings,

    /** Compares what a miner tells after a write with what was planned. */
    verifySettings,

    /** Tells whether a firmware has a command, and which version brings it. */
    commandSupport,

    ...createCommands(client)
  }
}
export type Axeos = ReturnType<typeof createAxeos>

/**
 * Connections for reading, one to each miner, which has few sockets: kept when the next poll comes soon, given back when it
 * does not (AXEOS.md 5.1, 5.4).
 */
function createReads(config: Config): Connections {
  const hold = config.POLL_INTERVAL_MS + config.POLL_TIMEOUT_MS
  const keepAliveTimeout = hold <= LONGEST_HOLD_MS ? hold : 1
  return new Connections({ ...limitsOf(config), keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout })
}

/** A connection for each command, beside the one that is kept: a kept one may be closed by the time it is needed. */
const createCommandConnections = (config: Config) => new Connections(limitsOf(config))

const limitsOf = (config: Config) => ({
  pipelining: 1,
  connect: { timeout: config.POLL_TIMEOUT_MS },
  maxResponseSize: MAX_ANSWER_BYTES
})

function endWith(app: FastifyInstance, connections: Connections): Connections {
  app.addHook('onClose', () => connections.end())
  return connections
}

declare module 'fastify' {
  interface FastifyInstance {
    axeos: Axeos
  }
}

export default fp<AxeosOptions>(
  async (app, options) => {
    const { dispatcher } = options
    const reads = dispatcher ?? endWith(app, createReads(app.config))
    const commands = dispatcher ?? endWith(app, createCommandConnections(app.config))
    app.decorate('axeos', createAxeos(app.config, reads, commands, options.live))
  },
  { name: 'axeos', fastify: '5.x' }
)
