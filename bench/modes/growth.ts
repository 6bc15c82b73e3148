import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../processes/children.ts'
import { measureBare } from '../processes/bare.ts'
import { startFleet } from '../processes/fleet.ts'
import { kilobytes, megabytes, ms, number, percent, seconds, table, times } from '../report/format.ts'
import type { Options } from '../options.ts'
import { watchAll, measureBusy, measureQuiet, type BusyWindow } from '../workloads.ts'
import { progress, type Report } from '../report/report.ts'
import { startPolling } from '../setup.ts'
import { plot } from '../report/svg.ts'
import type { Window } from '../measures/window.ts'

const PLOT = join(import.meta.dirname, '../growth.svg')

export interface Size {
  devices: number
  quiet: Window
  read: BusyWindow
  bare: Window
}

/** Measures how costs grow with the number of devices. */
export async function runGrowth(options: Options): Promise<Report<Size[]>> {
  const sizes: Size[] = []
  for (const devices of options.sizes) {
    progress(`${devices} devices`)
    sizes.push(await measureSize({ ...options, devices }))
  }
  writeFileSync(PLOT, draw(sizes))
  const text = `${sizeTable(sizes)}\n\nThe plot is in bench/growth.svg.`
  return { title: 'Growth with the number of devices', figures: sizes, text }
}

async function measureSize(options: Options): Promise<Size> {
  const directory = temporaryDirectory()
  const fleet = await startFleet(options, directory)
  const backend = await startPolling({ options, fleets: [fleet], directory })
  const quiet = await measureQuiet(backend, fleet, options)
  const read = await measureBusy(backend, fleet, options, watchAll(1))
  await backend.stop()
  const bare = await measureBare(fleet, options, 10)
  await fleet.stop()
  return { devices: options.devices, quiet, read, bare }
}

const p50 = ({ read }: Size, route: string) => read.routes.find((found) => found.route === route)?.p50 ?? NaN
const rssPerDevice = ({ devices, quiet, bare }: Size) => (quiet.rssBytes - bare.rssBytes) / devices

function sizeTable(sizes: Size[]): string {
  const row = (what: string, show: (size: Size) => string) => [what, ...sizes.map(show)]
  return table(
    ['devices', ...sizes.map(({ devices }) => number(devices, 0))],
    [
      row('CPU per poll', ({ quiet }) => ms(quiet.cpuMsPerPoll, 3)),
      row('CPU per poll of the bare loop', ({ bare }) => ms(bare.cpuMsPerPoll, 3)),
      row('ratio', ({ quiet, bare }) => times(quiet.cpuMsPerPoll / bare.cpuMsPerPoll)),
      row('CPU of one core', ({ quiet }) => percent(quiet.coreShare)),
      row('interval p99', ({ quiet }) => seconds(quiet.intervals.p99)),
      row('missed polls', ({ quiet, read }) => number(quiet.missedPolls + read.missedPolls, 0)),
      row('RSS', ({ quiet }) => megabytes(quiet.rssBytes)),
      row('RSS of the bare loop', ({ bare }) => megabytes(bare.rssBytes)),
      row('RSS above the bare loop, per device', (size) => kilobytes(rssPerDevice(size))),
      row('/metrics p50', (size) => ms(p50(size, '/metrics'))),
      row('/devices/imprint p50', (size) => ms(p50(size, '/devices/imprint'))),
      row('event loop delay max', ({ read }) => ms(read.loop.max))
    ]
  )
}

function draw(sizes: Size[]): string {
  const line = (name: string, value: (size: Size) => number) => ({
    name,
    points: sizes.map((size): [number, number] => [size.devices, value(size)])
  })
  return plot([
    {
      title: 'CPU per poll, ms',
      lines: [line('backend', ({ quiet }) => quiet.cpuMsPerPoll), line('bare loop', ({ bare }) => bare.cpuMsPerPoll)]
    },
    {
      title: 'RSS, MB',
      lines: [
        line('backend', ({ quiet }) => quiet.rssBytes / 2 ** 20),
        line('bare loop', ({ bare }) => bare.rssBytes / 2 ** 20)
      ]
    },
    {
      title: 'p50 of an answer, ms',
      lines: [
        line('/metrics', (size) => p50(size, '/metrics')),
        line('/devices/imprint', (size) => p50(size, '/devices/imprint'))
      ]
    }
  ])
}
