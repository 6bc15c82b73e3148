import { parseArgs } from 'node:util'

const PARTS = ['crash', 'disk', 'store', 'faults', 'unread', 'soak', 'fuzz'] as const
export type PartName = (typeof PARTS)[number]

/** The meaning of each amount, its value at scale 1, and whether it is multiplied by the scale. */
const AMOUNTS = {
  'crash-rounds': { full: 100, scales: true, meaning: 'crash: rounds, each ending with kill -9' },
  'disk-rounds': { full: 30, scales: true, meaning: 'disk: rounds of a full or read-only disk' },
  'disk-megabytes': { full: 24, scales: false, meaning: 'disk: size of the file system, MB' },
  'store-rounds': { full: 60, scales: true, meaning: 'store: rounds of files deleted, moved or cut off' },
  'fault-seconds': {
    full: 300,
    scales: true,
    meaning: 'faults: total time, s; a short time omits some faults'
  },
  'fault-miners': { full: 200, scales: false, meaning: 'faults: miners' },
  'unread-seconds': { full: 60, scales: true, meaning: 'unread: duration of the attacks, s' },
  'unread-miners': { full: 250, scales: false, meaning: 'unread: miners' },
  'soak-minutes': { full: 30, scales: true, meaning: 'soak: duration, minutes' },
  'soak-miners': { full: 500, scales: false, meaning: 'soak: miners' },
  'fuzz-requests': { full: 20_000, scales: true, meaning: 'fuzz: requests over REST' },
  'fuzz-frames': { full: 20_000, scales: true, meaning: 'fuzz: frames over Socket.IO and WebSocket' },
  'fuzz-answers': { full: 20_000, scales: true, meaning: 'fuzz: mutated answers of miners' }
} as const
type Amount = keyof typeof AMOUNTS

export interface Options {
  parts: PartName[]
  seed: number
  amounts: Record<Amount, number>
  /** Codes above 499 that a write may be answered with while the disk is full. */
  diskCodes: string[]
}

const names = Object.keys(AMOUNTS) as Amount[]

export const HELP = `Long-running tests. Usage: npm run torture -- [part …] [options]

Parts: ${PARTS.join(', ')}; all of them by default.

  --seed <n>            seed of all random choices; by default a new one each time
  --scale <n>           factor for all amounts that scale; by default 1
  --disk-codes <list>   disk: 5xx codes that a write may be answered with, by default 503
${names.map((name) => `  ${`--${name} <n>`.padEnd(22)}${AMOUNTS[name].meaning}; ${AMOUNTS[name].full}`).join('\n')}
`

/** Parses the command line. @returns null for `--help` @throws TypeError that names the wrong argument */
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
  if (text.trim() === '' || !(value >= 0))
    throw new TypeError(`--${name} must be a number of at least 0, got "${text}"`)
  return value
}

function partOf(text: string): PartName {
  const part = PARTS.find((name) => name === text)
  if (!part) throw new TypeError(`unknown part "${text}": use one of ${PARTS.join(', ')}`)
  return part
}
