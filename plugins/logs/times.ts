/** Timeouts and delays of log streams, all in ms. */
export interface LogTimes {
  /** How long a stream stays open after its last viewer has left. */
  lingerMs: number
  /** Delay after the first failure. It doubles with each further one, up to `longestRetryMs`. */
  retryMs: number
  longestRetryMs: number
  /** Delay after a miner has refused a stream because it has too many clients. */
  refusedMs: number
  handshakeMs: number
  /** Time between two pings to miners and viewers. A peer that has not answered one by the next is disconnected. */
  pingMs: number
  /** After this silence a miner has lost the stream or given it to another client (AXEOS.md 1.4). */
  silenceMs: number
}

export const defaultTimes: LogTimes = {
  lingerMs: 3000,
  retryMs: 5000,
  longestRetryMs: 60_000,
  refusedMs: 60_000,
  handshakeMs: 5000,
  pingMs: 25_000,
  silenceMs: 120_000
}
