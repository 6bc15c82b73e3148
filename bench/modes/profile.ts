import { join } from 'node:path'
import type { Backend } from '../processes/backend.ts'
import { temporaryDirectory } from '../processes/children.ts'
import { costsOf, costTable, type Cost } from '../measures/cpu-profile.ts'
import { startFleet } from '../processes/fleet.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, measureQuiet } from '../workloads.ts'
import type { Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { windowTable } from '../report/tables.ts'
import type { Window } from '../measures/window.ts'

const SHOWN = 20

export interface ProfileFigures {
  quiet: { window: Window; costs: Cost[] }
  busy: { window: Window; costs: Cost[] }
}

/** Profiles the backend in the quiet and in the busy window. The profile files are kept, for a profile viewer. */
export async function runProfile(options: Options): Promise<Report<ProfileFigures>> {
  const directory = temporaryDirectory()
  const fleet = await startFleet(options, directory)
  const backend = await startPolling({ options, fleets: [fleet], directory })
  const quiet = await profiled(backend, 'quiet', () => measureQuiet(backend, fleet, options))
  const busy = await profiled(backend, 'busy', () => measureBusy(backend, fleet, options, watchAll(options.clients)))
  await backend.stop()
  await fleet.stop()
  const text = [
    windowTable({ quiet: quiet.window, busy: busy.window }),
    ...Object.entries({ quiet, busy }).map(
      ([name, { costs, window }]) =>
        `${name}, by self time (${fileOf(name)}):\n\n${costTable(costs, window.polls, SHOWN)}`
    )
  ].join('\n\n')
  return { title: `Profile, ${options.devices} devices`, figures: { quiet, busy }, text }
}

async function profiled(backend: Backend, name: string, run: () => Promise<Window>) {
  await backend.profile()
  const window = await run()
  await backend.writeProfile(fileOf(name))
  return { window, costs: costsOf(fileOf(name)) }
}

const fileOf = (name: string) => join(process.cwd(), `bench-${name}.cpuprofile`)
