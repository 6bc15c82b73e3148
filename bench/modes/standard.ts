import type { Backend } from '../processes/backend.ts'
import { startBare, warmUp } from '../processes/bare.ts'
import { temporaryDirectory } from '../processes/children.ts'
import { watchDisk, type DiskFigures } from '../measures/disk.ts'
import { startFleet, type Fleet } from '../processes/fleet.ts'
import { kilobytes, megabytes, seconds, table, times } from '../report/format.ts'
import type { Options } from '../options.ts'
import { everything, measureBusy, measureQuiet, measureWatched, type BusyWindow } from '../workloads.ts'
import { progress } from '../report/progress.ts'
import type { Report } from '../report/report.ts'
import { startWatching } from '../setup.ts'
import { measureStarts, type StartFigures } from '../start-times.ts'
import { clientTable, turnTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'
import { measureInTurn, pause, resume } from '../round-robin.ts'
import { cpuPerPoll, type Window } from '../measures/window.ts'

export interface StandardFigures {
  quiet: Window
  /** Each route once a second, one Socket.IO client. */
  read: BusyWindow
  /** The same with `clients` of them. */
  busy: BusyWindow
  /** Quiet and busy once more, in turn with the bare loop. */
  turns: Record<'quiet' | 'busy' | Tick, Window[]>
  /** CPU per poll of the backend by that of the bare loop. */
  ratios: Record<'quiet' | 'busy', Record<Tick, number>>
  disk: DiskFigures
  starts: StartFigures
}
type Tick = 'tick10' | 'tick50'

/**
 * Read and busy, then quiet, when all is compiled that is called often, then the same in turn with the bare loop against
 * the same fleet, then starts.
 */
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
  const turns = await measureBesideBare(backend, fleet, options)
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

async function measureBesideBare(backend: Backend, fleet: Fleet, options: Options): Promise<StandardFigures['turns']> {
  pause(backend.pid)
  const bares = [await startBare(fleet, options, 10), await startBare(fleet, options, 50)]
  progress(`warming up the bare loops for ${options.warmupSeconds} s`)
  await warmUp(options)
  const { pid } = backend
  const busily = (turn: Options) => measureWatched(backend, fleet, turn)
  const subjects = [{ name: 'quiet', pid }, { name: 'busy', pid, measure: busily }, ...bares]
  const [quiet = [], busy = [], tick10 = [], tick50 = []] = await measureInTurn(subjects, fleet, options)
  for (const subject of subjects) resume(subject.pid)
  await Promise.all(bares.map((bare) => bare.stop()))
  return { quiet, busy, tick10, tick50 }
}

function describe(figures: StandardFigures, { devices, clients, intervalMs }: Options): string {
  const { quiet, read, busy, turns, ratios, disk, starts } = figures
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
    [
      'RSS beyond that of the bare loop, for each device',
      kilobytes((busy.rssBytes - (turns.tick10.at(-1)?.rssBytes ?? NaN)) / devices)
    ],
    ['start with all devices, to ready', seconds(starts.imprintedMs)],
    ['start with an empty store, to ready', seconds(starts.emptyMs)],
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
    targetTable(judged, devices),
    windowTable(windows),
    turnTable(inTurn),
    clientTable(clientWindows),
    table(['beside', 'measured'], others)
  ].join('\n\n')
}
