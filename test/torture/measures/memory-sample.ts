import { until } from '../../helper.ts'
import { descriptorsOf, isProbe, type Running } from '../environment.ts'

const MEGABYTE = 1024 * 1024

/** Resources of a backend after a garbage collection. */
export interface Sample {
  heapMegabytes: number
  outsideMegabytes: number
  residentMegabytes: number
  descriptors: number
  timers: number
  sockets: number
}

interface ProbeLine {
  probe: { heapUsed: number; external: number; rss: number; resources: Record<string, number> }
}

/** Makes a backend collect garbage and report its resources. */
export async function sample({ backend, pid }: Running): Promise<Sample> {
  process.kill(pid, 'SIGWINCH')
  const line = await until('the backend reports its resources', () => takeProbe(backend.lines), 60_000)
  const { heapUsed, external, rss, resources } = (JSON.parse(line) as ProbeLine).probe
  const { Timeout = 0, TCPSocketWrap = 0 } = resources
  return {
    heapMegabytes: heapUsed / MEGABYTE,
    outsideMegabytes: external / MEGABYTE,
    residentMegabytes: rss / MEGABYTE,
    descriptors: descriptorsOf(pid),
    timers: Timeout,
    sockets: TCPSocketWrap
  }
}

function takeProbe(lines: string[]): string | undefined {
  const index = lines.findIndex(isProbe)
  return index < 0 ? undefined : lines.splice(index, 1)[0]
}

/** The median of a figure over samples. */
export function medianOf(samples: readonly Sample[], figure: keyof Sample): number {
  const sorted = samples.map((one) => one[figure]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
