import type { Backend } from '../processes/backend.ts'
import type { Options } from '../options.ts'
import { directoryBytes, writtenBytes } from './proc.ts'

const EVERY_MS = 500

export interface DiskFigures {
  /** From /proc/<pid>/io, over whole periods of TELEMETRY_FLUSH_MS; null when the run was shorter than one period. */
  writtenBytesPerPoll: number | null
  seconds: number
  dataDirBytes: number
}

/**
 * Measures how much a backend writes to disk. Readings are written once per TELEMETRY_FLUSH_MS, so an average is only
 * meaningful over whole periods.
 */
export function watchDisk(backend: Backend, { devices, intervalMs, flushMs }: Options) {
  const startedAt = performance.now()
  const samples = [{ atMs: 0, bytes: writtenBytes(backend.pid) }]
  const timer = setInterval(() => {
    samples.push({ atMs: performance.now() - startedAt, bytes: writtenBytes(backend.pid) })
  }, EVERY_MS)

  return function stop(): DiskFigures {
    clearInterval(timer)
    const last = samples.at(-1)?.atMs ?? 0
    const wholeMs = Math.floor(last / flushMs) * flushMs
    const end = samples.findLast(({ atMs }) => atMs <= wholeMs + EVERY_MS)
    const bytes = (end?.bytes ?? 0) - (samples[0]?.bytes ?? 0)
    const polls = (devices * wholeMs) / intervalMs
    const writtenBytesPerPoll = wholeMs > 0 ? bytes / polls : null
    return { writtenBytesPerPoll, seconds: wholeMs / 1000, dataDirBytes: directoryBytes(backend.dataDir) }
  }
}
