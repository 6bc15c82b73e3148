import { parseArgs, styleText } from 'node:util'
import { LOG_LEVELS, type LogLevel, type LogStreamFrame } from '../../schemas/log.ts'
import { canonicalMac, normalizeMac } from '../mac.ts'
import { onStopSignal } from '../signals.ts'
import { HELP_OPTION, runCommand, UsageError } from './command.ts'
import { CONNECTION_HELP, CONNECTION_OPTIONS, readConnection } from './connection.ts'
import { followLogs, type LogQuery } from './log-stream.ts'

const help = `Prints the logs of miners as a Pluto backend receives them.

  npm run logs -- [options] [mac…]

Without a MAC, the logs of every monitored miner.

${CONNECTION_HELP}
  --level LEVEL  this level and more severe: E, W, I, D or V   (default: all)
  --tag TAG,…    only these components of the firmware
  --q TEXT       only lines that contain this text, in any case
  --no-color     no colours (default if the output is not a terminal)
  --help         print this text
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const options = {
  ...CONNECTION_OPTIONS,
  ...{ level: text, tag: text, q: text, 'no-color': flag },
  ...HELP_OPTION
} as const

const isLevel = (text: string): text is LogLevel => LOG_LEVELS.some((level) => level === text)

function parseQuery(values: { level?: string; tag?: string; q?: string }, positionals: string[]): LogQuery {
  const { level, tag, q } = values
  if (level !== undefined && !isLevel(level))
    throw new UsageError(`--level ${level} is not one of ${LOG_LEVELS.join(', ')}`)
  const invalid = positionals.find((text) => normalizeMac(text) === null)
  if (invalid !== undefined) throw new UsageError(`${invalid} is not a MAC address like bc:dd:c2:8d:c8:4f`)
  const macs = [...new Set(positionals.map(canonicalMac))]
  return { macs, ...(level && { level }), ...(tag && { tag }), ...(q && { q }) }
}

type Style = Parameters<typeof styleText>[0]

const COLOURS: Record<LogLevel, Style> = { E: 'red', W: 'yellow', I: 'green', D: 'cyan', V: 'gray' }

/** Creates the function that formats a frame as one line, with `withMac` after the end of the miner's MAC. */
function createFormatter({ color, withMac }: { color: boolean; withMac: boolean }): (frame: LogStreamFrame) => string {
  const paint = (style: Style, text: string) => (color ? styleText(style, text, { validateStream: false }) : text)
  const prefix = (mac: string) => (withMac ? `${mac.slice(-5)}  ` : '')

  return (frame) => {
    if (frame.type === 'log') return `${prefix(frame.mac)}${paint(COLOURS[frame.level ?? 'I'], frame.raw)}\n`
    return `${prefix(frame.mac)}${paint('dim', `--- ${describe(frame)}`)}\n`
  }
}

function describe(frame: Exclude<LogStreamFrame, { type: 'log' }>): string {
  if (frame.type === 'gap')
    return frame.missed === null ? 'the backend has restarted' : `${frame.missed} lines are missing`
  if (frame.type === 'end') return `ended: ${frame.reason}`
  return frame.reason === undefined ? frame.state : `${frame.state}: ${frame.reason}`
}

await runCommand({
  help,
  parse(args) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (values.help) return null
    const color = !values['no-color'] && process.stdout.isTTY && !process.env['NO_COLOR']
    return { connection: readConnection(values), query: parseQuery(values, positionals), color }
  },
  run({ connection, query, color }) {
    const format = createFormatter({ color, withMac: query.macs.length !== 1 })
    const stream = followLogs(connection, query, {
      onFrame: (frame) => void process.stdout.write(format(frame)),
      onNotice: (text) => void process.stderr.write(`${styleText('dim', text, { stream: process.stderr })}\n`),
      onEnd(code) {
        process.exitCode = code
      }
    })
    onStopSignal(() => stream.close())
    // The reader of a pipe is gone, as after `| head`.
    process.stdout.on('error', () => stream.close())
  }
})
