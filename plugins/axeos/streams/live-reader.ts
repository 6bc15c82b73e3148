import { jittered } from '../../../src/backoff.ts'
import type { OpenStream } from './miner-stream.ts'
import type { Address } from '../../../src/network.ts'
import type { Reading } from '../../../schemas/telemetry.ts'
import { openLiveStream, type LiveStream, type LiveTimes } from './live-stream.ts'

export const defaultLiveTimes: LiveTimes = { handshakeMs: 5000, pingMs: 25_000, staleMs: 3000, retryMs: 60_000 }

export interface LiveParts {
  /** Polls a miner. */
  poll(address: Address, signal: AbortSignal): Promise<Reading>
  toReading(info: Reading['info']): Reading
  openStream: OpenStream
  times: LiveTimes
}

interface Followed {
  stream: LiveStream | null
  /** By `performance.now()`. */
  retryAt: number
  end(): void
}

/**
 * Makes the reading of miners that is asked of the live stream where there is one that works, and of the miner where not. The
 * first answer is always a poll: it tells whether the firmware has a stream, and who the stream must come from.
 * @returns the function to be called once in each interval; what is not asked for any more ends with its `signal`
 */
export function createLiveReader({ poll, toReading, openStream, times }: LiveParts) {
  const sessions = new WeakMap<AbortSignal, Map<string, Followed>>()

  /** Of one address in one session of its device: a device that has moved is followed anew, one that is let go is not. */
  function followedOf(address: Address, signal: AbortSignal): Followed {
    const session = sessions.get(signal) ?? new Map<string, Followed>()
    sessions.set(signal, session)
    const known = session.get(address.text)
    if (known) return known
    for (const { end } of session.values()) end()
    session.clear()
    const followed: Followed = { stream: null, retryAt: 0, end: () => undefined }
    session.set(address.text, followed)
    return followed
  }

  function follow(followed: Followed, address: Address, polled: Reading, signal: AbortSignal): void {
    followed.end = () => {
      signal.removeEventListener('abort', followed.end)
      followed.stream?.close()
      followed.stream = null
      followed.retryAt = performance.now() + jittered(times.retryMs)
    }
    signal.addEventListener('abort', followed.end)
    followed.stream = openLiveStream(openStream, address, polled, times, followed.end)
  }

  return async function read(address: Address, signal: AbortSignal): Promise<Reading> {
    const followed = followedOf(address, signal)
    const info = followed.stream?.info()
    if (info) return toReading(info)
    if (followed.stream?.isLost) followed.end()
    const polled = await poll(address, signal)
    const isDue = followed.stream === null && performance.now() >= followed.retryAt
    if (isDue && !signal.aborted && hasStream(polled)) follow(followed, address, polled, signal)
    return polled
  }
}

/** ESP-Miner since v2.14.0; NerdQAxe counts its versions otherwise. */
function hasStream({ identity: { dialect, version } }: Reading): boolean {
  const [, major = 0, minor = 0] = /^v?(\d+)\.(\d+)/i.exec(version ?? '')?.map(Number) ?? []
  return (dialect === 'B' || dialect === 'C') && (major > 2 || (major === 2 && minor >= 14))
}
