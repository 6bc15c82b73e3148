import { inspect } from 'node:util'
import { crash } from './crash.ts'
import { disk } from './disk.ts'
import { faults } from './faults.ts'
import { fuzz } from './fuzz.ts'
import { HELP, readOptions, type Options, type PartName } from './options.ts'
import type { Outcome, Part } from './part.ts'
import { store } from './store.ts'
import { SecretScanner } from './measures/secret-scanner.ts'
import { soak } from './soak.ts'
import { unread } from './unread.ts'

const PRINT_EVERY_MS = 10_000
const USAGE_EXIT = 2
const parts: Record<PartName, Part> = { crash, disk, store, faults, unread, soak, fuzz }

type Row = Outcome & { name: string; seconds: number }

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) process.stdout.write(HELP)
  else await runAll(options)
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = USAGE_EXIT
}

async function runAll(options: Options): Promise<void> {
  const watch = new SecretScanner()
  const rows: Row[] = []
  for (const name of options.parts) rows.push(await runPart(name, options, watch))
  const searched = Object.entries(watch.searched).map(([kind, count]) => `${count} ${kind}`)
  rows.push({ name: 'secrets', done: `searched ${searched.join(', ')}`, problems: watch.finds, seconds: 0 })
  process.stdout.write(tableOf(rows, options.seed))
  // An aborted part may have left something running.
  process.exit(rows.some(({ problems }) => problems.length > 0) ? 1 : 0)
}

/** Runs a part, then everything it registered for teardown. An exception counts as a problem. */
async function runPart(name: PartName, options: Options, watch: SecretScanner): Promise<Row> {
  const begun = performance.now()
  const seconds = () => Math.round((performance.now() - begun) / 1000)
  const handlers: (() => unknown)[] = []
  let step = 'starting'
  const print = () => process.stderr.write(`[${name} ${seconds()} s] ${step}\n`)
  const ticker = setInterval(print, PRINT_EVERY_MS)
  const progress = (text: string) => void (step = text)
  const teardown = (handler: () => unknown) => void handlers.unshift(handler)
  print()
  const outcome = await parts[name]({ seed: options.seed, options, watch, progress, teardown }).catch(aborted)
  for (const handler of handlers) await handler()
  clearInterval(ticker)
  process.stderr.write(`[${name} ${seconds()} s] ${outcome.problems.length} problems\n`)
  return { name, seconds: seconds(), ...outcome }
}

function aborted(error: unknown): Outcome {
  const text = inspect(error, { depth: 3 })
  return { done: 'aborted', problems: [text] }
}

function tableOf(rows: Row[], seed: number): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
  const lines = rows.map(({ name, done, problems, seconds }) => {
    const result = problems.length === 0 ? 'passed' : `**${problems.length} problems**`
    return `| ${name} | ${cell(done)} | ${result} | ${seconds} s | ${seed} |`
  })
  const details = rows.flatMap(({ name, problems }) => problems.slice(0, 20).map((text) => `- ${name}: ${cell(text)}`))
  const head = ['| part | work done | result | duration | seed |', '| --- | --- | --- | --- | --- |']
  return `${[...head, ...lines, '', ...details].join('\n').trimEnd()}\n`
}
