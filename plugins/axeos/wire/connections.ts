import { Client, Dispatcher } from 'undici'
import type { Config } from '../../../src/config.ts'

/** Maximum size of an answer; the largest captured info has 6 KB. */
export const MAX_ANSWER_BYTES = 256 * 1024

const MAX_KEEP_ALIVE_MS = 30_000

/**
 * At most one connection to each miner. undici's `Agent` discards the client of an origin whenever its connection ends, and
 * checks all other clients when it does. With miners that close after each answer every poll pays for that, and more so the
 * larger the fleet is (at 1,000 miners 11 KB of allocations per poll and 4 % of its CPU).
 */
export class Connections extends Dispatcher {
  readonly #options: Client.Options
  readonly #clients = new Map<string, Client>()

  constructor(options: Client.Options) {
    super()
    this.#options = options
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const origin = String(options.origin)
    const client = this.#clients.get(origin) ?? this.#open(origin)
    return client.dispatch(options, handler)
  }

  /** Closes all connections and aborts all requests. */
  async end(): Promise<void> {
    await Promise.all(Array.from(this.#clients.values(), (client) => client.destroy()))
  }

  #open(origin: string): Client {
    const client = new Client(origin, this.#options)
    client.on('connect', (url, targets) => this.emit('connect', url, targets))
    client.on('disconnect', (url, targets, error) => this.emit('disconnect', url, targets, error))
    // A search tries many unused addresses: their clients are not kept
    client.on('connectionError', () => {
      this.#clients.delete(origin)
      if (!client.destroyed) void client.close()
    })
    this.#clients.set(origin, client)
    return client
  }
}

/**
 * Creates connections for reads, one per miner, because miners have few sockets. A connection is kept until the next poll,
 * and closed after each answer when polls are further apart (AXEOS.md 5.1, 5.4).
 */
export function createReadConnections(config: Config): Connections {
  const keepAliveMs = config.POLL_INTERVAL_MS + config.POLL_TIMEOUT_MS
  const keepAliveTimeout = keepAliveMs <= MAX_KEEP_ALIVE_MS ? keepAliveMs : 1
  return new Connections({ ...optionsOf(config), keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout })
}

/** Creates connections for writes, separate from those for reads: a kept connection may be closed when a write needs it. */
export function createWriteConnections(config: Config): Connections {
  return new Connections(optionsOf(config))
}

const optionsOf = (config: Config) => ({
  pipelining: 1,
  connect: { timeout: config.POLL_TIMEOUT_MS },
  maxResponseSize: MAX_ANSWER_BYTES
})
