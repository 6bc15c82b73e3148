import { parseArgs } from 'node:util'
import { LOG_LEVELS, type LogLevel } from '../../../schemas/log.ts'
import { canonicalMac, normalizeMac } from '../../mac.ts'

export const HELP = `Shows the logs of miners as they come, from a Pluto backend.

  npm run logs -- [options] [mac…]

Without a MAC: every monitored miner.

  --url URL      the backend                                 (default http://localhost:3000)
  --level LEVEL  this one and more severe: E, W, I, D or V   (default: all)
  --tag TAG,…    only these parts of the firmware
  --q TEXT       only lines that contain it, in any case
  --token TOKEN  sent as bearer token                        (default: API_TOKEN)
  --no-color     no colours, as when the output is no terminal
  --help         this text
`

export interface ViewerOptions {
  url: URL
  macs: string[]
  color: boolean
  token?: string
  level?: LogLevel
  tag?: string
  q?: string
}

/** The command line makes no sense; the message says what to do. */
export class UsageError extends Error {}

const isLevel = (text: string): text is LogLevel => LOG_LEVELS.some((level) => level === text)

/** Reads the command line. @returns null when it asks for help @throws {UsageError} */
export function parseCommandLine(args: string[], isTerminal = process.stdout.isTTY): ViewerOptions | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const { url = 'http://localhost:3000', level, tag, q, token = process.env.API_TOKEN } = values
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`--url ${url} is not a URL like http://localhost:3000`)
  if (level !== undefined && !isLevel(level))
    throw new UsageError(`--level ${level} is not one of ${LOG_LEVELS.join(', ')}`)
  const stranger = positionals.find((text) => normalizeMac(text) === null)
  if (stranger !== undefined) throw new UsageError(`${stranger} is not a MAC address like bc:dd:c2:8d:c8:4f`)
  return {
    url: new URL(url),
    macs: [...new Set(positionals.map(canonicalMac))],
    color: !values['no-color'] && isTerminal && !process.env.NO_COLOR,
    ...(level && { level }),
    ...(tag && { tag }),
    ...(q && { q }),
    ...(token && { token })
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    url: text,
    level: text,
    tag: text,
    q: text,
    token: text,
    'no-color': flag,
    help: { ...flag, short: 'h' }
  } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} (see --help)`)
  }
}
