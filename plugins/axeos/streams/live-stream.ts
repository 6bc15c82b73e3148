import { normalizeMac } from '../../../src/mac.ts'
import type { OpenStream } from './miner-stream.ts'
import type { Address } from '../../../src/network.ts'
import type { Reading } from '../../../schemas/telemetry.ts'

type Info = Reading['info']

const MAX_FRAME_BYTES = 256 * 1024
const DEEPEST = 16
/** What a poll tells and the stream does not (AXEOS.md 1.4). */
const POLLED_ONLY = ['fullHostname', 'mdnsHostname']

/** How patient live updates are; all in ms. */
export interface LiveTimes {
  handshakeMs: number
  pingMs: number
  /** After so long without an update the device is polled; uptime alone changes every second. */
  staleMs: number
  /** How long a device is polled before its stream is tried again. */
  retryMs: number
}

export interface LiveStream {
  /** The info as of now, or null when the stream cannot tell. */
  info(): Info | null
  /** It brings nothing any more, or never did. */
  readonly isLost: boolean
  close(): void
}

/**
 * Follows a miner's `/api/ws/live`: the whole info first, then what has changed at its top level (AXEOS.md 1.4).
 * The caller closes it, also when it is told that it has ended.
 * @param open makes the connection
 * @param polled the answer that a poll of this address has just given: the stream has to come from the same miner
 */
export function openLiveStream(
  open: OpenStream,
  address: Address,
  polled: Reading,
  times: LiveTimes,
  ended: () => void
): LiveStream {
  let info: Info | null = null
  let heardAt = performance.now()
  const limits = { ...times, maxFrameBytes: MAX_FRAME_BYTES, silenceMs: times.staleMs }
  const stream = open(address, '/api/ws/live', limits, { frame, ended })
  const isLost = () => performance.now() - heardAt > times.staleMs

  function frame(data: Buffer): void {
    const update = parseUpdate(data)
    if (update === null || !(info ?? isOf(update, polled))) return ended()
    info = Object.assign(info ?? pick(polled.info, POLLED_ONLY), update)
    heardAt = performance.now()
  }
  return {
    info: () => (info === null || isLost() ? null : { ...info }),
    get isLost() {
      return isLost()
    },
    close: () => stream.close()
  }
}

const isOf = (info: Info, polled: Reading) =>
  typeof info['ASICModel'] === 'string' && polled.mac !== null && normalizeMac(info['macAddr']) === polled.mac

function parseUpdate(data: Buffer): Info | null {
  try {
    const { event, data: update } = JSON.parse(data.toString())
    return event === 'update' && isPlain(update, DEEPEST) ? (update as Info) : null
  } catch {
    return null
  }
}

/** Tells whether a value is an object of no more than so many levels, without a prototype in disguise. */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || levels === 0 || Object.hasOwn(value, '__proto__')) return false
  return Object.values(value).every(
    (child) => typeof child !== 'object' || child === null || isPlain(child, levels - 1)
  )
}

const pick = (info: Info, keys: string[]): Info =>
  Object.fromEntries(Object.entries(info).filter(([key]) => keys.includes(key)))
