import { parseArgs } from 'node:util'
import { HELP_OPTION, UsageError } from '../src/cli/command.ts'
import { parseNumber, parseWhole } from '../src/cli/values.ts'

/** The text of `--help`. */
export const helpText = `Measures the backend from outside, with simulated miners on loopback.

  npm run bench -- [options]

Modes (one at a time; the default measures read, busy, quiet, the bare loop and starts):
  --faults               10 % of the fleet hang, 1 % answer garbage or 50 MB: effect on the healthy miners
  --viewers              200 clients watch one device each, 20 watch all
  --small                100 devices with a heap of 96 MB
  --growth N,N,…         each number of devices in turn, with a plot in bench/growth.svg
  --compare REF          this tree against another commit, in alternation
  --profile              CPU profiles of the quiet and the busy window, with the most expensive functions

Options:
  --devices N            number of miners (1000; with --small 100)
  --seconds S            length of each window (30)
  --clients N            Socket.IO clients of the busy window (20)
  --interval MS          time between two polls of a device (5000)
  --warmup S             warm-up before the first window, so that hot code is compiled (60)
  --latency MS           response time of a miner (20)
  --profiles A,B         only captures whose names contain one of these texts
  --flush MS             TELEMETRY_FLUSH_MS of the backend (60000)
  --starts N             number of starts, of which the median counts (3)
  --rounds N             number of alternating rounds of a comparison (5)
  --set NAME=VALUE       a setting of the backend; may be repeated
  --gzip                 request compressed answers
  --json FILE            write all figures to a file
  --save                 write the report into bench/RESULTS.md
  --help                 print this text
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
  /** The commit with which `compare` compares this tree. */
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
  if (chosen.length > 1) throw new UsageError(`--${chosen.join(' and --')} cannot be combined`)
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
