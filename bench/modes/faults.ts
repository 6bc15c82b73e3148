import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../processes/children.ts'
import { startFleet, type Fleet } from '../processes/fleet.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, measureQuiet, type BusyWindow } from '../workloads.ts'
import { progress, type Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { clientTable, windowTable } from '../report/tables.ts'
import { rows, targetTable } from '../report/targets.ts'
import type { Window } from '../measures/window.ts'

const HANGING_SHARE = 0.1
const NONSENSE_SHARE = 0.01
const NONSENSE = ['garbage', 'huge']
/** Faulty miners have their own process: the simulator's work on 50 MB answers must not look like a delay of the backend. */
const FAULTY = { name: 'faulty', firstAddress: '127.64.0.1', seed: 2 }
const SLACK_MS = 200

export interface FaultFigures {
  hanging: number
  nonsense: number
  quiet: Window
  busy: BusyWindow
}

/** Measures whether faulty miners affect the polls of healthy ones. Intervals and missed polls are those of the healthy miners. */
export async function runFaults(options: Options): Promise<Report<FaultFigures>> {
  const directory = temporaryDirectory()
  const hanging = Math.max(1, Math.round(options.devices * HANGING_SHARE))
  const nonsense = Math.max(NONSENSE.length, Math.round(options.devices * NONSENSE_SHARE))
  const faulty = await startFleet(options, directory, { ...FAULTY, devices: hanging + nonsense })
  const healthy = await startFleet(options, directory, { devices: Math.max(1, options.devices - hanging - nonsense) })
  const backend = await startPolling({ options, fleets: [healthy, faulty], directory })
  progress(`${hanging} miners hang, ${nonsense} answer garbage or 50 MB`)
  await injectFaults(faulty, hanging)
  await sleep(2 * options.intervalMs)
  const quiet = await measureQuiet(backend, healthy, options)
  const busy = await measureBusy(backend, healthy, options, watchAll(options.clients))
  await backend.stop()
  await Promise.all([faulty.stop(), healthy.stop()])
  const checked = [
    rows.intervalP99(quiet.intervals.p99, options.intervalMs, SLACK_MS, ' of healthy miners, quiet'),
    rows.intervalP99(busy.intervals.p99, options.intervalMs, SLACK_MS, ' of healthy miners, busy'),
    rows.missedPolls(quiet.missedPolls + busy.missedPolls)
  ]
  const text = [targetTable(checked, options.devices), windowTable({ quiet, busy }), clientTable({ busy })].join('\n\n')
  const figures = { hanging, nonsense, quiet, busy }
  return {
    title: `Faults: ${hanging} of ${options.devices} devices hang, ${nonsense} answer garbage or 50 MB`,
    figures,
    text
  }
}

async function injectFaults(fleet: Fleet, hanging: number): Promise<void> {
  for (const [i, { mac }] of fleet.miners.entries()) {
    await fleet.fault(mac, i < hanging ? 'hang' : (NONSENSE[i % NONSENSE.length] ?? 'garbage'))
  }
}
