import type { MinerState } from '../miner/state.ts'
import { logLine } from './lines.ts'

const slowReaderBytes = 256 * 1024
const longestFrame = 4096
const shortestTickMs = 20

/** Sends log lines to those who listen, as long as somebody does. */
export interface LogPump {
  start(state: MinerState): void
  stopAll(): void
}

/** A pump of so many lines per second for each miner that has listeners; there is no timer for the others. */
export function createLogPump(linesPerSecond: number): LogPump {
  const timers = new Map<MinerState, NodeJS.Timeout>()
  const everyMs = Math.max(shortestTickMs, 1000 / Math.max(0.001, linesPerSecond))
  return {
    start(state) {
      if (timers.has(state) || linesPerSecond <= 0) return
      let due = 0
      const timer = setInterval(() => {
        if (!state.logClients.size) return stop(state)
        due += (everyMs * linesPerSecond) / 1000
        for (; due >= 1; due--) sendLine(state)
      }, everyMs)
      timers.set(state, timer.unref())
    },
    stopAll: () => timers.forEach((_timer, state) => stop(state))
  }

  function stop(state: MinerState): void {
    clearInterval(timers.get(state))
    timers.delete(state)
  }
}

function sendLine(state: MinerState): void {
  const line = logLine(state, state.logIndex++, Date.now())
  const frames = framesOf(state, line)
  for (const { ws, live, silent } of state.logClients) {
    if (live || silent) continue
    // A full queue drops the line; since v2.14 the reader is thrown out (AXEOS.md 1.4).
    if (ws.bufferedAmount <= slowReaderBytes) frames.forEach((frame) => ws.send(frame, { binary: false }))
    else if (state.profile.firmware.since('2.14.0', null)) ws.terminate()
  }
}

/** One frame per line; since v2.14 a frame may be a part of one, of 4096 bytes at most. */
function framesOf(state: MinerState, line: Buffer): Buffer[] {
  if (!state.profile.firmware.since('2.14.0', null)) return [line]
  const size = state.logIndex % 3 === 0 ? Math.ceil(line.length / 2) : longestFrame
  const frames: Buffer[] = []
  for (let at = 0; at < line.length; at += Math.min(size, longestFrame))
    frames.push(line.subarray(at, at + Math.min(size, longestFrame)))
  return frames
}
