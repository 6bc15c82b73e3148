import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'
import type { Profiler } from 'node:inspector'
import { ms, percent, table } from '../report/format.ts'

/** A function and the time that was spent in itself, without what it called. */
export interface Cost {
  name: string
  /** `file:line`, or what it is when it has no file. */
  place: string
  selfMs: number
  /** Of the time in which the process did anything. */
  share: number
}

const IDLE = '(idle)'
/** What asks for the profile is no part of it. */
const PROFILER = 'node:inspector'

/** Reads a CPU profile: the dearest functions first. */
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

/** The dearest functions as a table. `polls` is how many polls were made meanwhile. */
export function costTable(costs: Cost[], polls: number, count: number): string {
  const cells = costs.slice(0, count).map(({ name, place, selfMs, share }) => {
    return [name, place, percent(share), ms((selfMs / polls) * 1000).replace('ms', 'µs')]
  })
  return table(['function', 'place', 'self', 'per poll'], cells)
}
