import { parseArgs } from 'node:util'

export const PARTS = ['crash', 'disk', 'faults', 'soak', 'fuzz'] as const
export type PartName = (typeof PARTS)[number]

/** What each amount means, and how much there is of it at scale 1. Those that say so do not shrink with the scale. */
const AMOUNTS = {
  'crash-rounds': { full: 100, scales: true, meaning: 'crash: rounds that each end with kill -9' },
  'disk-rounds': { full: 30, scales: true, meaning: 'disk: rounds of a full or read-only disk' },
  'disk-megabytes': { full: 24, scales: false, meaning: 'disk: size of the file system, MB' },
  'fault-seconds': {
    full: 300,
    scales: true,
    meaning: 'faults: time of all faults, s; a short one leaves some faults out'
  },
  'fault-miners': { full: 200, scales: false, meaning: 'faults: miners' },
  'soak-minutes': { full: 30, scales: true, meaning: 'soak: time, minutes' },
  'soak-miners': { full: 500, scales: false, meaning: 'soak: miners' },
  'fuzz-requests': { full: 20_000, scales: true, meaning: 'fuzz: requests over REST' },
  'fuzz-frames': { full: 20_000, scales: true, meaning: 'fuzz: frames over Socket.IO and WebSocket' },
  'fuzz-answers': { full: 20_000, scales: true, meaning: 'fuzz: mutated answers of miners' }
} as const
export type Amount = keyof typeof AMOUNTS

export interface Options {
  parts: PartName[]
  seed: number
  amounts: Record<Amount, number>
  /** Codes above 499 that a write may be answered with while the disk is full. */
  diskCodes: string[]
}

const names = Object.keys(AMOUNTS) as Amount[]

export const HELP = `Proofs that run long. Usage: npm run torture -- [part …] [options]

Parts: ${PARTS.join(', ')}; all of them by default.

  --seed <n>            the same choices again; by default another seed each time
  --scale <n>           a share of everything that scales, by default 1
  --disk-codes <list>   disk: 5xx codes that a write may be answered with, by default 503
${names.map((name) => `  ${`--${name} <n>`.padEnd(22)}${AMOUNTS[name].meaning}; ${AMOUNTS[name].full}`).join('\n')}
`

/** Reads the command line. @returns null when help was asked for @throws TypeError that names what is wrong */
export function readOptions(args: string[]): Options | null {
  const text = { type: 'string' } as const
  const own = Object.fromEntries(names.map((name) => [name, text]))
  const known = { help: { type: 'boolean' }, seed: text, scale: text, 'disk-codes': text, ...own } as const
  const { values, positionals } = parseArgs({ args, options: known, allowPositionals: true })
  if (values.help) return null
  const given = values as Record<string, string | undefined>
  const scale = numberOf('scale', given['scale'] ?? '1')
  const amounts = Object.fromEntries(
    names.map((name) => {
      const { full, scales } = AMOUNTS[name]
      const value = given[name]
      return [name, value === undefined ? (scales ? full * scale : full) : numberOf(name, value)]
    })
  ) as Record<Amount, number>
  return {
    parts: positionals.length > 0 ? positionals.map(partOf) : [...PARTS],
    seed: numberOf('seed', given['seed'] ?? String(Date.now() % 1_000_000)),
    amounts,
    diskCodes: (given['disk-codes'] ?? '503').split(',')
  }
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) throw new TypeError(`--${name} must be a number from 0 on, got "${text}"`)
  return value
}

function partOf(text: string): PartName {
  const part = PARTS.find((name) => name === text)
  if (!part) throw new TypeError(`there is no part "${text}": use ${PARTS.join(', ')}`)
  return part
}
