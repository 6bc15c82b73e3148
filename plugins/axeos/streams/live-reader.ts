import { jittered } from '../../../src/backoff.ts'
import type { Address } from '../../../src/network.ts'
import type { Reading } from '../../../schemas/telemetry.ts'
import { isAtLeast } from '../reading/version.ts'
import { openLiveStream, type LiveStream, type LiveTimes } from './live-stream.ts'
import type { OpenStream } from './miner-stream.ts'

export const defaultLiveTimes: LiveTimes = { handshakeMs: 5000, pingMs: 25_000, staleMs: 3000, retryMs: 60_000 }

export interface LiveReaderOptions {
  poll(address: Address, signal: AbortSignal): Promise<Reading>
  toReading(info: Reading['info']): Reading
  openStream: OpenStream
  times: LiveTimes
}

interface Subscription {
  stream: LiveStream | null
  /** By `performance.now()`. */
  retryAt: number
  end(): void
}

/**
 * Creates a reader that takes readings from a miner's live stream while one works, and polls otherwise. The first reading
 * is always a poll: it shows whether the firmware has a stream, and which miner the stream must come from.
 * @returns the function to call once per interval; aborting its `signal` ends the stream
 */
export function createLiveReader({ poll, toReading, openStream, times }: LiveReaderOptions) {
  const sessions = new WeakMap<AbortSignal, Map<string, Subscription>>()

  /** The subscription to an address within one session of its device. A new address ends the one to the old address. */
  function getSubscription(address: Address, signal: AbortSignal): Subscription {
    const session = sessions.get(signal) ?? new Map<string, Subscription>()
    sessions.set(signal, session)
    const known = session.get(address.text)
    if (known) return known
    for (const { end } of session.values()) end()
    session.clear()
    const subscription: Subscription = { stream: null, retryAt: 0, end: () => undefined }
    session.set(address.text, subscription)
    return subscription
  }

  function open(subscription: Subscription, address: Address, polled: Reading, signal: AbortSignal): void {
    subscription.end = () => {
      signal.removeEventListener('abort', subscription.end)
      subscription.stream?.close()
      subscription.stream = null
      subscription.retryAt = performance.now() + jittered(times.retryMs)
    }
    signal.addEventListener('abort', subscription.end)
    subscription.stream = openLiveStream(openStream, address, polled, times, subscription.end)
  }

  return async function read(address: Address, signal: AbortSignal): Promise<Reading> {
    const subscription = getSubscription(address, signal)
    const info = subscription.stream?.info()
    if (info) return toReading(info)
    if (subscription.stream?.isStale) subscription.end()
    const polled = await poll(address, signal)
    const isDue = subscription.stream === null && performance.now() >= subscription.retryAt
    if (isDue && !signal.aborted && hasStream(polled)) open(subscription, address, polled, signal)
    return polled
  }
}

/** ESP-Miner has the stream since v2.14.0 (AXEOS.md 1.4). NerdQAxe numbers its versions differently. */
function hasStream({ identity: { dialect, version } }: Reading): boolean {
  return (dialect === 'strict' || dialect === 'pools') && isAtLeast(version, '2.14.0')
}
