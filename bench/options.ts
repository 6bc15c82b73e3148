import { parseArgs } from 'node:util'
import { HELP_OPTION, UsageError } from '../src/cli/command.ts'
import { parseNumber, parseWhole } from '../src/cli/values.ts'

/** What `--help` prints. */
export const helpText = `Measures the backend from outside, against simulated miners on loopback.

  npm run bench -- [options]

What is measured (one at a time; without any: read, busy, quiet, the bare loop, starts):
  --faults               10 % of the fleet hang, 1 % answer garbage or 50 MB: what the healthy notice
  --viewers              200 clients watch one device each, 20 watch all
  --small                100 devices with a heap of 96 MB
  --growth N,N,…         the same at each number of devices, with a plot in bench/growth.svg
  --compare REF          this tree against another commit, in turn
  --profile              CPU profiles of the quiet and the busy window, with the dearest functions

How:
  --devices N            number of miners (1000; with --small 100)
  --seconds S            length of each window (30)
  --clients N            Socket.IO clients of the busy window (20)
  --interval MS          time between two polls of a device (5000)
  --warmup S             time before each first window, for what is compiled as it runs (60)
  --latency MS           time of a miner's answer (20)
  --profiles A,B         only miners whose captures contain one of these parts
  --flush MS             TELEMETRY_FLUSH_MS of the backend (60000)
  --starts N             starts of which the middle one counts (3)
  --rounds N             how often what is compared has its turn (5)
  --set NAME=VALUE       a setting of the backend; may be given several times
  --gzip                 scrapes and lists ask for compressed answers
  --json FILE            writes all figures there
  --save                 writes them into bench/RESULTS.md
  --help                 this text
`

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const options = {
  ...{ faults: flag, viewers: flag, small: flag, growth: text, compare: text, profile: flag },
  ...{ devices: text, seconds: text, clients: text, interval: text, warmup: text, latency: text, profiles: text },
  ...{ flush: text, starts: text, rounds: text, set: { type: 'string', multiple: true } as const },
  ...{ gzip: flag, json: text, save: flag },
  ...HELP_OPTION
}

const modes = ['faults', 'viewers', 'small', 'growth', 'compare', 'profile'] as const
export type Mode = (typeof modes)[number] | 'standard'

export interface Options {
  mode: Mode
  devices: number
  seconds: number
  clients: number
  intervalMs: number
  warmupSeconds: number
  latencyMs: number
  profiles: string
  flushMs: number
  starts: number
  rounds: number
  /** Numbers of devices for `growth`. */
  sizes: number[]
  /** The commit that `compare` holds this tree against. */
  ref: string
  settings: Record<string, string>
  gzip: boolean
  json: string | null
  save: boolean
}

/**
 * Parses the command line. @returns null when it asks for help
 * @throws {UsageError} or the error of `parseArgs`, with a message that names the option
 */
export function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({ args, options })
  if (values.help) return null
  const chosen = modes.filter((mode) => values[mode])
  if (chosen.length > 1) throw new UsageError(`--${chosen.join(' and --')} cannot be measured at once`)
  const mode = chosen[0] ?? 'standard'
  return {
    mode,
    devices: parseWhole('devices', values.devices, { fallback: mode === 'small' ? 100 : 1000, min: 1, max: 20_000 }),
    seconds: parseNumber('seconds', values.seconds, { fallback: 30, min: 0.5, max: 3600 }),
    clients: parseWhole('clients', values.clients, { fallback: 20, min: 1, max: 1000 }),
    intervalMs: parseWhole('interval', values.interval, { fallback: 5000, min: 1000, max: 3_600_000 }),
    warmupSeconds: parseNumber('warmup', values.warmup, { fallback: 60, min: 0, max: 3600 }),
    latencyMs: parseWhole('latency', values.latency, { fallback: 20, min: 0, max: 60_000 }),
    profiles: values.profiles ?? '',
    flushMs: parseWhole('flush', values.flush, { fallback: 60_000, min: 100, max: 3_600_000 }),
    starts: parseWhole('starts', values.starts, { fallback: 3, min: 1, max: 20 }),
    rounds: parseWhole('rounds', values.rounds, { fallback: 5, min: 1, max: 50 }),
    sizes: (values.growth?.split(',') ?? []).map((size) =>
      parseWhole('growth', size, { fallback: 0, min: 1, max: 20_000 })
    ),
    ref: values.compare ?? '',
    settings: Object.fromEntries((values.set ?? []).map(setting)),
    gzip: values.gzip,
    json: values.json ?? null,
    save: values.save
  }
}

function setting(text: string): [string, string] {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`--set must be like POLL_CONCURRENCY=64, got "${text}"`)
  return [name, value]
}
