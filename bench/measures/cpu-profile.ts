import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'
import type { Profiler } from 'node:inspector'
import { ms, percent, table } from '../report/format.ts'

/** A function and its self time: without the functions that it called. */
export interface Cost {
  name: string
  /** `file:line`, or `native`. */
  place: string
  selfMs: number
  /** Share of the time in which the process was busy, 0 to 1. */
  share: number
}

const IDLE = '(idle)'
/** The profiler's own functions are left out. */
const PROFILER = 'node:inspector'

/** Reads a CPU profile and returns the functions, the most expensive first. */
export function costsOf(file: string): Cost[] {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const costs = new Map<string, Omit<Cost, 'share'>>()
  profile.samples?.forEach((id, i) => {
    const frame = nodes.get(id)
    if (!frame) return
    const { name, place } = describe(frame)
    const cost = costs.get(name + place) ?? { name, place, selfMs: 0 }
    cost.selfMs += (profile.timeDeltas?.[i] ?? 0) / 1000
    costs.set(name + place, cost)
  })
  const busy = [...costs.values()].filter(({ name, place }) => name !== IDLE && !place.startsWith(PROFILER))
  const total = busy.reduce((sum, { selfMs }) => sum + selfMs, 0)
  return busy.map((cost) => ({ ...cost, share: cost.selfMs / total })).sort((a, b) => b.selfMs - a.selfMs)
}

function describe({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']) {
  const name = functionName || '(anonymous)'
  if (url === '') return { name, place: 'native' }
  const path = url.startsWith('file:') ? relative(process.cwd(), fileURLToPath(url)) : url
  return { name, place: `${path}:${lineNumber + 1}` }
}

/** Formats the most expensive functions as a table. `polls` is the number of polls during the profile. */
export function costTable(costs: Cost[], polls: number, count: number): string {
  const cells = costs.slice(0, count).map(({ name, place, selfMs, share }) => {
    return [name, place, percent(share), ms((selfMs / polls) * 1000).replace('ms', 'µs')]
  })
  return table(['function', 'place', 'self', 'per poll'], cells)
}
