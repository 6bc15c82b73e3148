import { setTimeout as sleep } from 'node:timers/promises'
import type { IntervalStats } from '../../src/simulator/types.ts'
import type { Fleet } from '../processes/fleet.ts'
import { cpuMs, memory } from './proc.ts'

/** Polls of one process during a period of time, and their cost. */
export interface Window {
  seconds: number
  polls: number
  pollsPerSecond: number
  idealPollsPerSecond: number
  /** Times between two polls of the same miner, as they arrived there, ms. */
  intervals: Omit<IntervalStats, 'missed'>
  missedPolls: number
  cpuMs: number
  cpuMsPerPoll: number
  /** CPU time as a share of one core; 1 is one full core. */
  coreShare: number
  rssBytes: number
  peakRssBytes: number
}

/** CPU time per poll over all windows, ms. */
export function cpuPerPoll(windows: readonly Window[]): number {
  const sum = (read: (window: Window) => number) => windows.reduce((total, window) => total + read(window), 0)
  return sum(({ cpuMs: cpu }) => cpu) / sum(({ polls }) => polls)
}

/** Measures a process that polls the fleet, for `seconds`. The simulator counts, so every process is measured alike. */
export async function measure(fleet: Fleet, pid: number, seconds: number, intervalMs: number): Promise<Window> {
  await fleet.reset()
  const cpuBefore = cpuMs(pid)
  const startedAt = performance.now()
  await sleep(seconds * 1000)
  const cpu = cpuMs(pid) - cpuBefore
  const wallMs = performance.now() - startedAt
  const { rssBytes, peakBytes } = memory(pid)
  const { intervals, miners, infoRequests: polls, sinceMs } = await fleet.counters()
  // The simulator counts gaps between two arrivals, so it misses a miner that was never polled.
  const neverPolled = miners.filter(({ infoRequests }) => infoRequests === 0).length * Math.floor(sinceMs / intervalMs)
  const { missed, ...rest } = intervals
  return {
    seconds: wallMs / 1000,
    polls,
    pollsPerSecond: polls / (sinceMs / 1000),
    idealPollsPerSecond: miners.length / (intervalMs / 1000),
    intervals: rest,
    missedPolls: missed + neverPolled,
    cpuMs: cpu,
    cpuMsPerPoll: cpu / polls,
    coreShare: cpu / wallMs,
    rssBytes,
    peakRssBytes: peakBytes
  }
}
