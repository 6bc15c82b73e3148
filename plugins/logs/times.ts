/** How patient log streams are; all in ms. */
export interface LogTimes {
  /** How long a stream stays open after the last one who listened has left. */
  lingerMs: number
  /** Wait after the first failure; doubled with each further one, up to `longestRetryMs`. */
  retryMs: number
  longestRetryMs: number
  /** Wait after a miner has refused a stream: it has no room for one more client. */
  refusedMs: number
  handshakeMs: number
  /** Time between two pings, to miners and to viewers; who has not answered one by the next is gone. */
  pingMs: number
  /** A miner that says nothing for so long has given the stream to somebody else, or lost it (AXEOS.md 1.4). */
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
