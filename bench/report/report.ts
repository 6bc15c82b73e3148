import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../measures/machine.ts'
import type { Options } from '../options.ts'

const RESULTS = join(import.meta.dirname, '../RESULTS.md')
const HEAD = `# Results

Written by \`npm run bench -- --save\`, section by section: what each last measured, where and when. Nothing here is
written by hand. [DEVELOPMENT.md](../docs/DEVELOPMENT.md#bench) says what the figures mean.
`

/** What a mode has measured: figures for machines, text for people. */
export interface Report<Figures = unknown> {
  /** Heading of its section in RESULTS.md; a later report with the same one takes its place. */
  title: string
  figures: Figures
  text: string
}

/** Prints a report, and keeps it where the options say. `on` is the machine as it was before. */
export function publish(report: Report, on: Machine, options: Options): void {
  process.stdout.write(`\n${report.title}\n${describeMachine(on)}\n\n${report.text}\n`)
  const { title, figures } = report
  if (options.json !== null)
    writeFileSync(options.json, `${JSON.stringify({ title, machine: on, options, figures }, null, 2)}\n`)
  if (options.save) save(report, on, options)
}

function describeMachine({ cpu, cores, memoryGb, node, platform, date, load }: Machine): string {
  const at = date.slice(0, 16).replace('T', ' ')
  const beside = `load before: ${load.toFixed(1)}`
  return `${cores} cores of ${cpu}, ${memoryGb} GB, ${platform}, Node ${node}, ${at} UTC, ${beside}`
}

function save({ title, text }: Report, on: Machine, { seconds, intervalMs }: Options): void {
  const section = `## ${title}\n\n${describeMachine(on)}. Windows of ${seconds} s, polled every ${intervalMs} ms.\n\n${text}\n`
  const others = sectionsOf(RESULTS).filter((old) => !old.startsWith(`## ${title}\n`))
  writeFileSync(RESULTS, [HEAD, ...[...others, section].sort(byTitle)].join('\n'))
}

function sectionsOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => `${section.trimEnd()}\n`)
  } catch {
    return []
  }
}

const byTitle = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })
