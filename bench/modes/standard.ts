import { temporaryDirectory } from '../children.ts'
import { measureBare } from '../bare.ts'
import { watchDisk, type DiskFigures } from '../disk.ts'
import { startFleet } from '../fleet.ts'
import { kilobytes, megabytes, seconds, table, times } from '../format.ts'
import type { Options } from '../options.ts'
import { everything, measureBusy, measureQuiet, type BusyWindow } from '../phases.ts'
import { progress } from '../progress.ts'
import type { Report } from '../report.ts'
import { startWatching } from '../session.ts'
import { measureStarts, type StartFigures } from '../starts.ts'
import { clientTable, windowTable } from '../tables.ts'
import { rows, targetTable } from '../targets.ts'
import type { Window } from '../window.ts'

export interface StandardFigures {
  quiet: Window
  /** Each route once a second, one Socket.IO client. */
  read: BusyWindow
  /** The same with `clients` of them. */
  busy: BusyWindow
  bare: { tick10: Window; tick50: Window }
  /** CPU per poll of the backend by that of the bare loop. */
  ratios: Record<'quiet' | 'busy', { tick10: number; tick50: number }>
  disk: DiskFigures
  starts: StartFigures
}

/** Read and busy, then quiet, when all is compiled that is called often, then starts, then the bare loop against the same fleet. */
export async function runStandard(options: Options): Promise<Report<StandardFigures>> {
  const directory = temporaryDirectory()
  progress(`simulating ${options.devices} miners`)
  const fleet = await startFleet(options, directory)
  const given = { options, fleets: [fleet], directory }
  const backend = await startWatching(given)
  const stopDisk = watchDisk(backend, options)
  const read = await measureBusy(backend, fleet, options, everything(1))
  const busy = await measureBusy(backend, fleet, options, everything(options.clients))
  const quiet = await measureQuiet(backend, fleet, options)
  const disk = stopDisk()
  await backend.stop()
  const starts = await measureStarts({ ...given, dataDir: backend.dataDir })
  const bare = { tick10: await measureBare(fleet, options, 10), tick50: await measureBare(fleet, options, 50) }
  await fleet.stop()
  const ratio = ({ cpuMsPerPoll }: Window) => ({
    tick10: cpuMsPerPoll / bare.tick10.cpuMsPerPoll,
    tick50: cpuMsPerPoll / bare.tick50.cpuMsPerPoll
  })
  const figures = { quiet, read, busy, bare, ratios: { quiet: ratio(quiet), busy: ratio(busy) }, disk, starts }
  return { title: `${options.devices} devices`, figures, text: describe(figures, options) }
}

function describe(figures: StandardFigures, { devices, clients, intervalMs }: Options): string {
  const { quiet, read, busy, bare, ratios, disk, starts } = figures
  const p50 = (route: string) => read.routes.find((found) => found.route === route)?.p50 ?? null
  const judged = [
    rows.quietRatio(ratios.quiet.tick10),
    rows.busyRatio(ratios.busy.tick10),
    rows.intervalP99(quiet.intervals.p99, intervalMs),
    rows.missedPolls(quiet.missedPolls),
    rows.coreShare(quiet.coreShare),
    rows.rss(busy.rssBytes, 600, 5000),
    rows.metricsP50(p50('/metrics')),
    rows.listP50(p50('/devices/imprint')),
    rows.loopMax(read.loop.max),
    rows.writtenPerPoll(disk.writtenBytesPerPoll),
    rows.start(starts.imprintedMs)
  ]
  const others = [
    ['CPU per poll, quiet, of the bare loop with ticks of 50 ms', times(ratios.quiet.tick50)],
    ['CPU per poll, busy, of the bare loop with ticks of 50 ms', times(ratios.busy.tick50)],
    ['RSS beyond that of the bare loop, for each device', kilobytes((busy.rssBytes - bare.tick10.rssBytes) / devices)],
    ['start with all devices, to ready', seconds(starts.imprintedMs)],
    ['start with an empty store, to ready', seconds(starts.emptyMs)],
    [`written to disk per poll, in ${disk.seconds} s`, kilobytes(disk.writtenBytesPerPoll)],
    ['size of DATA_DIR', megabytes(disk.dataDirBytes)]
  ]
  const windows = { quiet, read, busy, 'bare, 10 ms': bare.tick10, 'bare, 50 ms': bare.tick50 }
  const clientWindows = { 'read: 1 client': read, [`busy: ${clients} clients`]: busy }
  return [
    targetTable(judged, devices),
    windowTable(windows),
    clientTable(clientWindows),
    table(['beside', 'measured'], others)
  ].join('\n\n')
}
