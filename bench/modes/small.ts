import { temporaryDirectory } from '../processes/children.ts'
import { compileBackend } from '../processes/compile.ts'
import { startFleet } from '../processes/fleet.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, measureQuiet, type BusyWindow } from '../workloads.ts'
import { progress, type Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { clientTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'
import type { Window } from '../measures/window.ts'

const HEAP_MB = 96
const RSS_MB = 150

export interface SmallFigures {
  quiet: Window
  busy: BusyWindow
}

/**
 * Measures the backend with a small heap, as on a small board. It runs compiled, as in the image: stripping the types at the
 * start would take a sixth of its memory.
 */
export async function runSmall(options: Options): Promise<Report<SmallFigures>> {
  const directory = temporaryDirectory()
  progress('compiling the backend')
  const program = compileBackend()
  const fleet = await startFleet(options, directory)
  const nodeArgs = [`--max-old-space-size=${HEAP_MB}`]
  const backend = await startPolling({ options, fleets: [fleet], directory, program, nodeArgs })
  const quiet = await measureQuiet(backend, fleet, options)
  const busy = await measureBusy(backend, fleet, options, watchAll(options.clients))
  await backend.stop()
  await fleet.stop()
  const checked = [
    rows.rss(busy.rssBytes, RSS_MB, null),
    rows.intervalP99(busy.intervals.p99, options.intervalMs),
    rows.missedPolls(quiet.missedPolls + busy.missedPolls)
  ]
  const text = [targetTable(checked, options.devices), windowTable({ quiet, busy }), clientTable({ busy })].join('\n\n')
  return {
    title: `Small: ${options.devices} devices with a heap of ${HEAP_MB} MB, compiled`,
    figures: { quiet, busy },
    text
  }
}
