import { until } from '../../helper.ts'
import { descriptorsOf, isProbe, type Running } from '../environment.ts'

const MEGABYTE = 1024 * 1024

/** What a backend holds, garbage left aside. */
export interface Sample {
  heapMegabytes: number
  outsideMegabytes: number
  residentMegabytes: number
  descriptors: number
  timers: number
  sockets: number
}

interface Told {
  probe: { heapUsed: number; external: number; rss: number; resources: Record<string, number> }
}

/** Has a backend collect its garbage and tell what is left. */
export async function sample({ backend, pid }: Running): Promise<Sample> {
  process.kill(pid, 'SIGWINCH')
  const line = await until('the backend tells what it holds', () => takeProbe(backend.lines), 60_000)
  const { heapUsed, external, rss, resources } = (JSON.parse(line) as Told).probe
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

/** What most samples say: the median of each figure. */
export function medianOf(samples: readonly Sample[], figure: keyof Sample): number {
  const sorted = samples.map((one) => one[figure]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
