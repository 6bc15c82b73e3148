import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './processes/backend.ts'
import { clocksOf, type Fleet } from './processes/fleet.ts'
import type { LoopDelay } from './processes/instrument.ts'
import type { Options } from './options.ts'
import { progress } from './report/progress.ts'
import { askEverySecond, LARGE, routesWith, type RouteFigures } from './measures/requests.ts'
import { openViewers } from './processes/viewers.ts'
import type { ViewerFigures } from './processes/viewers-process.ts'
import { measure, type Window } from './measures/window.ts'

/** The first answers of a route cost what its later ones do not: they are asked for before the window begins. */
const SETTLE_MS = 3000

/** A window in which the backend is looked at, too. */
export interface BusyWindow extends Window {
  routes: RouteFigures[]
  viewers: ViewerFigures
  loop: LoopDelay
}

/** Polling and nothing else: not even the event loop is watched, because each look wakes the process. */
export function measureQuiet(backend: Backend, fleet: Fleet, { seconds, intervalMs }: Options): Promise<Window> {
  progress('quiet: polling only')
  return measure(fleet, backend.pid, seconds, intervalMs)
}

/** Four routes are asked once a second each while clients watch. `watched` has for each client a MAC, or null for all. */
export async function measureBusy(
  backend: Backend,
  fleet: Fleet,
  { seconds, intervalMs, warmupSeconds, gzip }: Options,
  watched: (string | null)[]
): Promise<BusyWindow> {
  progress(`busy: each route once a second, ${watched.length} Socket.IO clients`)
  const viewers = await openViewers({ url: backend.url, watched, clocks: await clocksOf(fleet) })
  const ask = () => askEverySecond(backend.url, routesWith(fleet.miners[0]?.mac ?? ''), gzip)
  const settled = ask()
  await sleep(Math.min(SETTLE_MS, warmupSeconds * 1000))
  await settled()
  await backend.watchLoop()
  await viewers.reset()
  const stop = ask()
  const window = await measure(fleet, backend.pid, seconds, intervalMs)
  const [viewed, loop, routes] = await Promise.all([viewers.figures(), backend.loopDelay(), stop()])
  await viewers.close()
  return { ...window, routes, viewers: viewed, loop }
}

/** As the target about its CPU has it: a scrape and a list once a second, clients that watch, and nothing that looks at it. */
export async function measureWatched(backend: Backend, fleet: Fleet, options: Options): Promise<Window> {
  const { clients, gzip, intervalMs, seconds, warmupSeconds } = options
  const viewers = await openViewers({ url: backend.url, watched: everything(clients), clocks: await clocksOf(fleet) })
  const stop = askEverySecond(backend.url, LARGE, gzip)
  await sleep(Math.min(SETTLE_MS, warmupSeconds * 1000))
  const window = await measure(fleet, backend.pid, seconds, intervalMs)
  await stop()
  await viewers.close()
  return window
}

/** Watches all devices so many times. */
export const everything = (clients: number): null[] => Array.from({ length: clients }, () => null)
