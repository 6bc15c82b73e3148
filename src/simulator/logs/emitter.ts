import type { MinerState } from '../miner/state.ts'
import { logLine } from './lines.ts'

const slowReaderBytes = 256 * 1024
const longestFrame = 4096
const shortestTickMs = 20

/** Sends log lines to the clients of a miner while it has any. */
export interface LogEmitter {
  start(state: MinerState): void
  stopAll(): void
}

/** Creates an emitter of `linesPerSecond` for each miner that has clients. Miners without clients need no timer. */
export function createLogEmitter(linesPerSecond: number): LogEmitter {
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
    // A slow client loses the line; since v2.14 it is disconnected (AXEOS.md 1.4).
    if (ws.bufferedAmount <= slowReaderBytes) frames.forEach((frame) => ws.send(frame, { binary: false }))
    else if (state.profile.firmware.since('2.14.0', null)) ws.terminate()
  }
}

/** One frame per line; since v2.14 a frame may hold only part of a line, at most 4096 bytes. */
function framesOf(state: MinerState, line: Buffer): Buffer[] {
  if (!state.profile.firmware.since('2.14.0', null)) return [line]
  const size = state.logIndex % 3 === 0 ? Math.ceil(line.length / 2) : longestFrame
  const frames: Buffer[] = []
  for (let at = 0; at < line.length; at += Math.min(size, longestFrame))
    frames.push(line.subarray(at, at + Math.min(size, longestFrame)))
  return frames
}
