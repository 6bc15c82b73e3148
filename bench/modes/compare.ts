import { HERE } from '../processes/backend.ts'
import { temporaryDirectory } from '../processes/children.ts'
import { startFleet, type Fleet } from '../processes/fleet.ts'
import { megabytes, ms, percent, seconds, table } from '../report/format.ts'
import type { Options } from '../options.ts'
import { median } from '../measures/percentile.ts'
import { watchAll, measureBusy, measureQuiet, type BusyWindow } from '../workloads.ts'
import { progress, type Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import type { Window } from '../measures/window.ts'
import { checkOut, commitOf } from '../processes/worktree.ts'

interface Round {
  quiet: Window
  busy: BusyWindow
}

export interface CompareFigures {
  commit: string
  there: Round[]
  here: Round[]
}

/** Compares this tree with another commit, in alternation on the same fleet, so that other load affects both alike. */
export async function runCompare(options: Options): Promise<Report<CompareFigures>> {
  const directory = temporaryDirectory()
  const commit = commitOf(options.ref)
  const root = checkOut(commit, directory)
  const fleet = await startFleet(options, directory)
  const there: Round[] = []
  const here: Round[] = []
  for (let round = 1; round <= options.rounds; round++) {
    progress(`round ${round} of ${options.rounds}: ${options.ref}`)
    there.push(await measureRound(fleet, options, root))
    progress(`round ${round} of ${options.rounds}: this tree`)
    here.push(await measureRound(fleet, options, HERE))
  }
  await fleet.stop()
  const figures = { commit, there, here }
  const title = `This tree against ${options.ref} (${commit.slice(0, 7)}), ${options.devices} devices`
  return { title, figures, text: describe(figures, options) }
}

async function measureRound(fleet: Fleet, options: Options, root: string): Promise<Round> {
  const directory = temporaryDirectory()
  const backend = await startPolling({ options, fleets: [fleet], directory, root })
  const quiet = await measureQuiet(backend, fleet, options)
  const busy = await measureBusy(backend, fleet, options, watchAll(options.clients))
  await backend.stop()
  return { quiet, busy }
}

function describe({ there, here }: CompareFigures, { ref }: Options): string {
  const p50 = (route: string) => (round: Round) => round.busy.routes.find((found) => found.route === route)?.p50 ?? NaN
  const figures: [string, (round: Round) => number, (value: number) => string][] = [
    ['CPU per poll, quiet', ({ quiet }) => quiet.cpuMsPerPoll, (value) => ms(value, 3)],
    ['CPU per poll, busy', ({ busy }) => busy.cpuMsPerPoll, (value) => ms(value, 3)],
    ['RSS, quiet', ({ quiet }) => quiet.rssBytes, megabytes],
    ['RSS, busy', ({ busy }) => busy.rssBytes, megabytes],
    ['interval p99, quiet', ({ quiet }) => quiet.intervals.p99 ?? NaN, seconds],
    ['/metrics p50, busy', p50('/metrics'), ms],
    ['/devices/imprint p50, busy', p50('/devices/imprint'), ms],
    ['miner to client p50, busy', ({ busy }) => busy.viewers.delay.p50 ?? NaN, ms],
    ['event loop delay p99, busy', ({ busy }) => busy.loop.p99, ms]
  ]
  const rows = figures.map(([what, value, show]) => {
    const [before, after] = [there.map(value), here.map(value)]
    const change = median(after) / median(before) - 1
    return [what, ...[before, after].map((side) => spread(side, show)), `${change > 0 ? '+' : ''}${percent(change)}`]
  })
  return table(['median (min to max)', ref, 'this tree', 'difference'], rows)
}

function spread(values: number[], show: (value: number) => string): string {
  return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`
}
