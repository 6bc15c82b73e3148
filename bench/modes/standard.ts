import type { Backend } from '../processes/backend.ts'
import { startBare, warmUp } from '../processes/bare.ts'
import { temporaryDirectory } from '../processes/children.ts'
import { watchDisk, type DiskFigures } from '../measures/disk.ts'
import { startFleet, type Fleet } from '../processes/fleet.ts'
import { kilobytes, megabytes, seconds, table, times } from '../report/format.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, measureQuiet, measureUnderLoad, type BusyWindow } from '../workloads.ts'
import { progress, type Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { measureStarts, type StartFigures } from '../start-times.ts'
import { clientTable, roundTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'
import { measureRoundRobin, pause, resume } from '../round-robin.ts'
import { cpuPerPoll, type Window } from '../measures/window.ts'

export interface StandardFigures {
  quiet: Window
  /** Each route once a second and one Socket.IO client. */
  read: BusyWindow
  /** Each route once a second and `clients` Socket.IO clients. */
  busy: BusyWindow
  /** Quiet and busy again, in alternation with the bare loop. */
  turns: Record<'quiet' | 'busy' | Tick, Window[]>
  /** CPU per poll of the backend divided by that of the bare loop. */
  ratios: Record<'quiet' | 'busy', Record<Tick, number>>
  disk: DiskFigures
  starts: StartFigures
}
type Tick = 'tick10' | 'tick50'

/**
 * Measures read and busy, then quiet (when hot code is compiled), then the same in alternation with the bare loop on the same
 * fleet, then starts.
 */
export async function runStandard(options: Options): Promise<Report<StandardFigures>> {
  const directory = temporaryDirectory()
  progress(`simulating ${options.devices} miners`)
  const fleet = await startFleet(options, directory)
  const given = { options, fleets: [fleet], directory }
  const backend = await startPolling(given)
  const stopDisk = watchDisk(backend, options)
  const read = await measureBusy(backend, fleet, options, watchAll(1))
  const busy = await measureBusy(backend, fleet, options, watchAll(options.clients))
  const quiet = await measureQuiet(backend, fleet, options)
  const disk = stopDisk()
  const turns = await measureAgainstBare(backend, fleet, options)
  await backend.stop()
  const starts = await measureStarts({ ...given, dataDir: backend.dataDir })
  await fleet.stop()
  const ratio = (windows: Window[]) => ({
    tick10: cpuPerPoll(windows) / cpuPerPoll(turns.tick10),
    tick50: cpuPerPoll(windows) / cpuPerPoll(turns.tick50)
  })
  const ratios = { quiet: ratio(turns.quiet), busy: ratio(turns.busy) }
  const figures = { quiet, read, busy, turns, ratios, disk, starts }
  return { title: `${options.devices} devices`, figures, text: describe(figures, options) }
}

async function measureAgainstBare(backend: Backend, fleet: Fleet, options: Options): Promise<StandardFigures['turns']> {
  pause(backend.pid)
  const bares = [await startBare(fleet, options, 10), await startBare(fleet, options, 50)]
  progress(`warming up the bare loops for ${options.warmupSeconds} s`)
  await warmUp(options)
  const { pid } = backend
  const measureBusyTurn = (turn: Options) => measureUnderLoad(backend, fleet, turn)
  const subjects = [{ name: 'quiet', pid }, { name: 'busy', pid, measure: measureBusyTurn }, ...bares]
  const [quiet = [], busy = [], tick10 = [], tick50 = []] = await measureRoundRobin(subjects, fleet, options)
  for (const subject of subjects) resume(subject.pid)
  await Promise.all(bares.map((bare) => bare.stop()))
  return { quiet, busy, tick10, tick50 }
}

function describe(figures: StandardFigures, { devices, clients, intervalMs }: Options): string {
  const { quiet, read, busy, turns, ratios, disk, starts } = figures
  const p50 = (route: string) => read.routes.find((found) => found.route === route)?.p50 ?? null
  const checked = [
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
    ['CPU per poll, quiet, relative to the bare loop with ticks of 50 ms', times(ratios.quiet.tick50)],
    ['CPU per poll, busy, relative to the bare loop with ticks of 50 ms', times(ratios.busy.tick50)],
    [
      'RSS above the bare loop, per device',
      kilobytes((busy.rssBytes - (turns.tick10.at(-1)?.rssBytes ?? NaN)) / devices)
    ],
    ['start until ready, all devices', seconds(starts.imprintedMs)],
    ['start until ready, empty store', seconds(starts.emptyMs)],
    [`written to disk per poll, in ${disk.seconds} s`, kilobytes(disk.writtenBytesPerPoll)],
    ['size of DATA_DIR', megabytes(disk.dataDirBytes)]
  ]
  const windows = { quiet, read, busy }
  const inTurn = {
    quiet: turns.quiet,
    busy: turns.busy,
    'bare loop, 10 ms': turns.tick10,
    'bare loop, 50 ms': turns.tick50
  }
  const clientWindows = { 'read: 1 client': read, [`busy: ${clients} clients`]: busy }
  return [
    targetTable(checked, devices),
    windowTable(windows),
    roundTable(inTurn),
    clientTable(clientWindows),
    table(['figure', 'measured'], others)
  ].join('\n\n')
}
