import { kilobytes, megabytes, ms, number, percent, seconds, table } from './format.ts'
import type { BusyWindow } from '../workloads.ts'
import { cpuPerPoll, type Window } from '../measures/window.ts'

/** Formats windows as a table, one column each. */
export function windowTable(windows: Record<string, Window>): string {
  const row = (what: string, show: (window: Window) => string) => [what, ...Object.values(windows).map(show)]
  return table(
    ['', ...Object.keys(windows)],
    [
      row('polls per second (ideal)', (w) => `${number(w.pollsPerSecond, 1)} (${number(w.idealPollsPerSecond, 1)})`),
      row('CPU per poll', (w) => ms(w.cpuMsPerPoll, 3)),
      row('CPU of one core', (w) => percent(w.coreShare)),
      row('RSS (peak)', (w) => `${megabytes(w.rssBytes)} (${megabytes(w.peakRssBytes)})`),
      row('interval p50', (w) => seconds(w.intervals.p50)),
      row('interval p95', (w) => seconds(w.intervals.p95)),
      row('interval p99', (w) => seconds(w.intervals.p99)),
      row('interval max', (w) => seconds(w.intervals.max)),
      row('missed polls', (w) => number(w.missedPolls, 0))
    ]
  )
}

/** Formats the CPU per poll of processes measured in alternation, for each round and for all rounds. */
export function roundTable(windows: Record<string, Window[]>): string {
  const rounds = Math.max(...Object.values(windows).map((turns) => turns.length))
  const numbers = Array.from({ length: rounds }, (_, i) => `round ${i + 1}`)
  const rows = Object.entries(windows).map(([name, turns]) => [
    name,
    ...turns.map((turn) => ms(turn.cpuMsPerPoll, 3)),
    ms(cpuPerPoll(turns), 3)
  ])
  return table(['CPU per poll, alternating', ...numbers, 'all rounds'], rows)
}

/** Formats the figures of clients, for windows that had some. */
export function clientTable(windows: Record<string, BusyWindow>): string {
  const row = (what: string, show: (window: BusyWindow) => string) => [what, ...Object.values(windows).map(show)]
  const routes = Object.values(windows)[0]?.routes.map(({ route }) => route) ?? []
  const found = (w: BusyWindow, route: string) => w.routes.find((figures) => figures.route === route)
  return table(
    ['', ...Object.keys(windows)],
    [
      ...routes.flatMap((route) => [
        row(`${route} p50`, (w) => ms(found(w, route)?.p50)),
        row(`${route} p99`, (w) => ms(found(w, route)?.p99)),
        row(`${route} size`, (w) => kilobytes(found(w, route)?.bytes))
      ]),
      row('failed requests', (w) =>
        number(
          w.routes.reduce((sum, { failures }) => sum + failures, 0),
          0
        )
      ),
      row('Socket.IO clients (still connected)', ({ viewers }) => `${viewers.clients} (${viewers.connected})`),
      row('Socket.IO events per second', ({ viewers }) => number(viewers.eventsPerSecond, 1)),
      row('miner to client p50', ({ viewers }) => ms(viewers.delay.p50)),
      row('miner to client p99', ({ viewers }) => ms(viewers.delay.p99)),
      row('event loop delay p50', ({ loop }) => ms(loop.p50)),
      row('event loop delay p99', ({ loop }) => ms(loop.p99)),
      row('event loop delay max', ({ loop }) => ms(loop.max))
    ]
  )
}
