import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../processes/children.ts'
import { startFleet, type Fleet } from '../processes/fleet.ts'
import type { Options } from '../options.ts'
import { everything, measureBusy, measureQuiet, type BusyWindow } from '../workloads.ts'
import { progress } from '../report/progress.ts'
import type { Report } from '../report/report.ts'
import { startWatching } from '../setup.ts'
import { clientTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'
import type { Window } from '../measures/window.ts'

const HANGING_SHARE = 0.1
const NONSENSE_SHARE = 0.01
const NONSENSE = ['garbage', 'huge']
/** The ill are a process of their own: what their 50 MB cost the simulator must not look like lateness of the backend. */
const WARD = { name: 'ill', firstAddress: '127.64.0.1', seed: 2 }
const SLACK_MS = 200

export interface FaultFigures {
  hanging: number
  nonsense: number
  quiet: Window
  busy: BusyWindow
}

/** Whether the healthy part of a fleet notices the ill part. All figures but those of the backend are of the healthy. */
export async function runFaults(options: Options): Promise<Report<FaultFigures>> {
  const directory = temporaryDirectory()
  const hanging = Math.max(1, Math.round(options.devices * HANGING_SHARE))
  const nonsense = Math.max(NONSENSE.length, Math.round(options.devices * NONSENSE_SHARE))
  const ill = await startFleet(options, directory, { ...WARD, devices: hanging + nonsense })
  const healthy = await startFleet(options, directory, { devices: Math.max(1, options.devices - hanging - nonsense) })
  const backend = await startWatching({ options, fleets: [healthy, ill], directory })
  progress(`${hanging} miners begin to hang, ${nonsense} to answer garbage or 50 MB`)
  await infect(ill, hanging)
  await sleep(2 * options.intervalMs)
  const quiet = await measureQuiet(backend, healthy, options)
  const busy = await measureBusy(backend, healthy, options, everything(options.clients))
  await backend.stop()
  await Promise.all([ill.stop(), healthy.stop()])
  const judged = [
    rows.intervalP99(quiet.intervals.p99, options.intervalMs, SLACK_MS, ' of the healthy, quiet'),
    rows.intervalP99(busy.intervals.p99, options.intervalMs, SLACK_MS, ' of the healthy, busy'),
    rows.missedPolls(quiet.missedPolls + busy.missedPolls)
  ]
  const text = [targetTable(judged, options.devices), windowTable({ quiet, busy }), clientTable({ busy })].join('\n\n')
  const figures = { hanging, nonsense, quiet, busy }
  return { title: `Faults: ${hanging} hang, ${nonsense} talk nonsense, of ${options.devices} devices`, figures, text }
}

async function infect(fleet: Fleet, hanging: number): Promise<void> {
  for (const [i, { mac }] of fleet.miners.entries()) {
    await fleet.fault(mac, i < hanging ? 'hang' : (NONSENSE[i % NONSENSE.length] ?? 'garbage'))
  }
}
