import { parseArgs, type ParseArgsConfig } from 'node:util'
import { explainStartFailure } from './start-failure.ts'

/** The command line makes no sense; the message says what to do. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

/**
 * Runs a command: `--help` prints what it is for, a failure is one line and exit code 1, a wrong command line is exit code 2.
 * @param files how many file names it takes
 */
export async function runCommand<T extends Options>(
  { help, options, files = 0 }: { help: string; options: T; files?: number },
  run: (values: Record<string, string | boolean | undefined>, files: string[]) => Promise<void>
): Promise<void> {
  try {
    const { values, positionals } = parse(options)
    if (values['help'] === true) return void process.stdout.write(help)
    if (positionals.length !== files) throw new UsageError(files === 0 ? 'it takes no file' : 'it takes one file')
    await run(values, positionals)
  } catch (error) {
    const isUsage = error instanceof UsageError
    process.stderr.write(`${isUsage ? `${error.message} (see --help)` : explainStartFailure(error)}\n`)
    process.exitCode = isUsage ? 2 : 1
  }
}

function parse(options: Options) {
  const all: Options = { ...options, help: { type: 'boolean', short: 'h' } }
  try {
    const { values, positionals } = parseArgs({ options: all, allowPositionals: true })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
