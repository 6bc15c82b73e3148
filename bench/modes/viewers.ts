import { temporaryDirectory } from '../processes/children.ts'
import { startFleet } from '../processes/fleet.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, type BusyWindow } from '../workloads.ts'
import type { Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { clientTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'

const WATCHING_ONE = 200
const WATCHING_ALL = 20

/** Measures many clients that watch one device each, as device pages do, together with some that watch all. */
export async function runViewers(options: Options): Promise<Report<BusyWindow>> {
  const directory = temporaryDirectory()
  const fleet = await startFleet(options, directory)
  const backend = await startPolling({ options, fleets: [fleet], directory })
  const { miners } = fleet
  const ones = Array.from({ length: WATCHING_ONE }, (_, i) => miners[i % miners.length]?.mac ?? null)
  const figures = await measureBusy(backend, fleet, options, [...ones, ...watchAll(WATCHING_ALL)])
  await backend.stop()
  await fleet.stop()
  const checked = [
    rows.loopP99(figures.loop.p99),
    rows.intervalP99(figures.intervals.p99, options.intervalMs),
    rows.missedPolls(figures.missedPolls)
  ]
  const windows = { viewers: figures }
  const text = [targetTable(checked, options.devices), windowTable(windows), clientTable(windows)].join('\n\n')
  const watching = `${WATCHING_ONE} viewers of one device, ${WATCHING_ALL} of all`
  return { title: `Viewers: ${watching}, ${options.devices} devices`, figures, text }
}
