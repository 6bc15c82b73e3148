import { styleText } from 'node:util'
import { followLogs } from './log-stream.ts'
import { HELP, parseCommandLine, UsageError } from './log-viewer/command-line.ts'
import { createPrinter } from './log-viewer/print.ts'

try {
  const options = parseCommandLine(process.argv.slice(2))
  if (options === null) process.stdout.write(HELP)
  else run(options)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  complain(error.message)
  process.exitCode = 2
}

function run(options: NonNullable<ReturnType<typeof parseCommandLine>>): void {
  const print = createPrinter(options)
  const write = (text: string) => void process.stdout.write(text)
  const stream = followLogs(options, {
    frame: (frame) => write(print(frame)),
    notice: complain,
    ended(code) {
      process.exitCode = code
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stream.close())
  // The reader of a pipe has gone, as `head` does.
  process.stdout.on('error', () => stream.close())
}

function complain(message: string): void {
  process.stderr.write(`${styleText('dim', message, { stream: process.stderr })}\n`)
}
