import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './processes/backend.ts'
import { clocksOf, type Fleet } from './processes/fleet.ts'
import type { LoopDelay } from './processes/instrument.ts'
import type { Options } from './options.ts'
import { progress } from './report/report.ts'
import { requestEverySecond, LARGE, routesFor, type RouteFigures } from './measures/requests.ts'
import { openViewers } from './processes/viewers.ts'
import type { ViewerFigures } from './processes/viewers-process.ts'
import { measure, type Window } from './measures/window.ts'

/** The first answers of a route cost more than later ones, so requests start before the window. */
const SETTLE_MS = 3000

/** A window in which clients use the backend. */
export interface BusyWindow extends Window {
  routes: RouteFigures[]
  viewers: ViewerFigures
  loop: LoopDelay
}

/** Measures polling only. Not even the event loop is monitored, because each sample wakes the process. */
export function measureQuiet(backend: Backend, fleet: Fleet, { seconds, intervalMs }: Options): Promise<Window> {
  progress('quiet: polling only')
  return measure(fleet, backend.pid, seconds, intervalMs)
}

/** Measures polling while four routes are requested once a second each. `watched` has a MAC for each client, or null for all. */
export async function measureBusy(
  backend: Backend,
  fleet: Fleet,
  { seconds, intervalMs, warmupSeconds, gzip }: Options,
  watched: (string | null)[]
): Promise<BusyWindow> {
  progress(`busy: each route once a second, ${watched.length} Socket.IO clients`)
  const viewers = await openViewers({ url: backend.url, watched, clocks: await clocksOf(fleet) })
  const startRequests = () => requestEverySecond(backend.url, routesFor(fleet.miners[0]?.mac ?? ''), gzip)
  const stopWarmUp = startRequests()
  await sleep(Math.min(SETTLE_MS, warmupSeconds * 1000))
  await stopWarmUp()
  await backend.watchLoop()
  await viewers.reset()
  const stop = startRequests()
  const window = await measure(fleet, backend.pid, seconds, intervalMs)
  const [viewed, loop, routes] = await Promise.all([viewers.figures(), backend.loopDelay(), stop()])
  await viewers.close()
  return { ...window, routes, viewers: viewed, loop }
}

/** Measures the load of the CPU target: a scrape and a list once a second and `clients` clients, without monitoring. */
export async function measureUnderLoad(backend: Backend, fleet: Fleet, options: Options): Promise<Window> {
  const { clients, gzip, intervalMs, seconds, warmupSeconds } = options
  const viewers = await openViewers({ url: backend.url, watched: watchAll(clients), clocks: await clocksOf(fleet) })
  const stop = requestEverySecond(backend.url, LARGE, gzip)
  await sleep(Math.min(SETTLE_MS, warmupSeconds * 1000))
  const window = await measure(fleet, backend.pid, seconds, intervalMs)
  await stop()
  await viewers.close()
  return window
}

/** `clients` clients that watch all devices. */
export const watchAll = (clients: number): null[] => Array.from({ length: clients }, () => null)
