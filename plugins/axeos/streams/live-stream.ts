import { normalizeMac } from '../../../src/mac.ts'
import type { Address } from '../../../src/network.ts'
import { parseSafeJson } from '../../../src/safe-json.ts'
import type { Reading } from '../../../schemas/telemetry.ts'
import { MAX_DEPTH } from '../reading/answers.ts'
import { isObject, type Info } from '../reading/fields.ts'
import type { OpenStream } from './miner-stream.ts'

const MAX_FRAME_BYTES = 256 * 1024
/** Fields of a poll that the stream lacks (AXEOS.md 1.4). */
const POLLED_ONLY = ['fullHostname', 'mdnsHostname']

/** Timeouts of a live stream, in ms. */
export interface LiveTimes {
  handshakeMs: number
  pingMs: number
  /** After this time without an update the device is polled. A working stream updates the uptime every second. */
  staleMs: number
  /** Time between the end of a stream and the next attempt to open one. */
  retryMs: number
}

export interface LiveStream {
  /** The current info, or null before the first update and once the stream is stale. */
  info(): Info | null
  /** Whether no update has come for `staleMs`. */
  readonly isStale: boolean
  close(): void
}

/**
 * Subscribes to a miner's `/api/ws/live`: the whole info first, then changes of its top-level fields (AXEOS.md 1.4).
 * The caller closes the stream, also after `ended`.
 * @param open opens the connection
 * @param polled the latest poll of this address: the stream must come from the same miner
 */
export function openLiveStream(
  open: OpenStream,
  address: Address,
  polled: Reading,
  times: LiveTimes,
  ended: () => void
): LiveStream {
  let info: Info | null = null
  let updatedAt = performance.now()
  const limits = { ...times, maxFrameBytes: MAX_FRAME_BYTES, silenceMs: times.staleMs }
  const stream = open(address, '/api/ws/live', limits, { frame, ended })
  const isStale = () => performance.now() - updatedAt > times.staleMs

  function frame(data: Buffer): void {
    const update = parseUpdate(data)
    if (update === null || !(info ?? isSameMiner(update, polled))) return ended()
    info = Object.assign(info ?? pick(polled.info, POLLED_ONLY), update)
    updatedAt = performance.now()
  }
  return {
    info: () => (info === null || isStale() ? null : { ...info }),
    get isStale() {
      return isStale()
    },
    close: () => stream.close()
  }
}

const isSameMiner = (info: Info, polled: Reading) =>
  typeof info.ASICModel === 'string' && polled.mac !== null && normalizeMac(info.macAddr) === polled.mac

function parseUpdate(data: Buffer): Info | null {
  try {
    // The envelope adds one level
    const message = parseSafeJson(data.toString(), MAX_DEPTH + 1)
    return isObject(message) && message.event === 'update' && isObject(message.data) ? message.data : null
  } catch {
    return null
  }
}

const pick = (info: Info, keys: string[]): Info =>
  Object.fromEntries(Object.entries(info).filter(([key]) => keys.includes(key)))
