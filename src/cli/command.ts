import { createLogOutput } from '../log-output.ts'
import { codeOf, hasCode } from '../errors/code-of.ts'

/** An invalid command line. The message says what is wrong and what is allowed. */
export class UsageError extends Error {}

/** The option that every command has, for `parseArgs`. */
export const HELP_OPTION = { help: { type: 'boolean', short: 'h' } } as const

interface Command<T> {
  /** What `--help` prints. */
  help: string
  /**
   * Parses the arguments with `parseArgs`. @returns null when they ask for help
   * @throws {UsageError} or the error of `parseArgs`
   */
  parse(args: string[]): T | null
  run(options: T): void | Promise<void>
  /** Turns a failure of `run` into one line. Default: `explainFailure` */
  explain?(error: unknown): string
}

/**
 * Runs a command of this process. `--help` prints what the command does. A failure is printed to stderr as one line and ends
 * the process, with exit code 2 for an invalid command line and 1 for any other failure.
 */
export async function runCommand<T>({ help, parse, run, explain = explainFailure }: Command<T>): Promise<void> {
  endWithOutput()
  try {
    const options = parse(process.argv.slice(2))
    if (options === null) process.stdout.write(help)
    else await run(options)
  } catch (error) {
    const usage = usageMessageOf(error)
    process.stderr.write(`${usage === null ? explain(error) : `${usage} (see --help)`}\n`)
    process.exit(usage === null ? 1 : 2)
  }
}

/** Ends the process when what it prints cannot be written. A reader that has gone, as after `| head`, needs no message. */
function endWithOutput(): void {
  process.stdout.on('error', (error) => {
    if (hasCode(error, 'EPIPE')) process.exit()
    createLogOutput(2).write(`standard output cannot be written: ${error.message}\n`)
    process.exit(1)
  })
  process.stderr.on('error', () => process.exit(1))
}

/** The message of an error in the command line; null for any other error. */
function usageMessageOf(error: unknown): string | null {
  if (error instanceof UsageError) return error.message
  if (!(error instanceof Error) || !codeOf(error)?.startsWith('ERR_PARSE_ARGS_')) return null
  return error.message.split('\n')[0] ?? error.message
}

/** Explains in one line why a process cannot start or a command failed. An unexpected error keeps its stack. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { port, address = '' } = error as Error & { port?: number; address?: string }
  if (hasCode(error, 'EADDRINUSE'))
    return `PORT ${port} is taken on ${address}: stop the other program, or set another PORT`
  if (hasCode(error, 'EACCES') && port !== undefined)
    return `PORT ${port} may not be bound by this user: set a PORT above 1023`
  if (hasCode(error, 'EADDRNOTAVAIL', 'ENOTFOUND')) return `HOST ${address} is not an address of this machine`
  const isSystemError = 'syscall' in error && typeof error.syscall === 'string'
  if (hasCode(error, 'FST_ERR_PLUGIN_TIMEOUT'))
    return `${error.message.split(': ').at(-1)} DATA_DIR or another file may not answer`
  return isSystemError || codeOf(error)?.startsWith('PLUTO_') ? error.message : (error.stack ?? error.message)
}
