import { parseArgs } from 'node:util'

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
const known = {
  ...{ faults: flag, viewers: flag, small: flag, growth: text, compare: text, profile: flag },
  ...{ devices: text, seconds: text, clients: text, interval: text, warmup: text, latency: text, profiles: text },
  ...{ flush: text, starts: text, rounds: text, set: { type: 'string', multiple: true } as const },
  ...{ gzip: flag, json: text, save: flag, help: flag }
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

/** Parses the command line; returns null for `--help`. @throws TypeError or RangeError that names the wrong option */
export function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({ args, options: known, strict: true })
  if (values.help) return null
  const chosen = modes.filter((mode) => values[mode])
  if (chosen.length > 1) throw new RangeError(`--${chosen.join(' and --')} cannot be combined`)
  const mode = chosen[0] ?? 'standard'
  return {
    mode,
    devices: whole('devices', values.devices, mode === 'small' ? 100 : 1000, 1, 20_000),
    seconds: within('seconds', values.seconds, 30, 0.5, 3600),
    clients: whole('clients', values.clients, 20, 1, 1000),
    intervalMs: whole('interval', values.interval, 5000, 1000, 3_600_000),
    warmupSeconds: within('warmup', values.warmup, 60, 0, 3600),
    latencyMs: whole('latency', values.latency, 20, 0, 60_000),
    profiles: values.profiles ?? '',
    flushMs: whole('flush', values.flush, 60_000, 100, 3_600_000),
    starts: whole('starts', values.starts, 3, 1, 20),
    rounds: whole('rounds', values.rounds, 5, 1, 50),
    sizes: (values.growth?.split(',') ?? []).map((size) => whole('growth', size, 0, 1, 20_000)),
    ref: values.compare ?? '',
    settings: Object.fromEntries((values.set ?? []).map(setting)),
    gzip: values.gzip,
    json: values.json ?? null,
    save: values.save
  }
}

function within(name: string, given: string | undefined, standard: number, least: number, most: number): number {
  if (given === undefined) return standard
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`--${name} must be a number from ${least} to ${most}, got "${given}"`)
}

function whole(name: string, given: string | undefined, standard: number, least: number, most: number): number {
  const value = within(name, given, standard, least, most)
  if (Number.isInteger(value)) return value
  throw new RangeError(`--${name} must be a whole number, got "${given}"`)
}

function setting(text: string): [string, string] {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new RangeError(`--set must be like POLL_CONCURRENCY=64, got "${text}"`)
  return [name, value]
}
