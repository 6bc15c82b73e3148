import type { WebSocket } from 'ws'
import { serveParent } from './ipc.ts'
import { summarize, type Summary } from '../measures/percentile.ts'
import { openViewer, stampOf } from './viewer.ts'

export interface Watchers {
  url: string
  /** The MAC that each client watches, or null for all devices. */
  watched: (string | null)[]
  /** Start times of miners by MAC; see `clocksOf`. */
  clocks: Record<string, number>
}

export interface ViewerFigures {
  clients: number
  /** Clients that are still connected. */
  connected: number
  events: number
  eventsPerSecond: number
  /** Time from a miner's answer to its arrival at a client, ms, for the miners in `clocks`. */
  delay: Summary
}

let sockets: WebSocket[] = []
let clocks = new Map<string, number>()
let since = 0
let events = 0
let delays: number[] = []

function onEvent(frame: Buffer): void {
  events++
  const stamp = stampOf(frame)
  const start = stamp && clocks.get(stamp.mac)
  if (stamp && start !== null && start !== undefined)
    delays.push(performance.timeOrigin + performance.now() - (start + stamp.ageMs))
}

serveParent({
  async open({ url, watched, clocks: given }: Watchers): Promise<void> {
    clocks = new Map(Object.entries(given))
    sockets = await Promise.all(watched.map((mac) => openViewer(url, mac ?? undefined, onEvent)))
  },
  reset(): void {
    since = performance.now()
    events = 0
    delays = []
  },
  figures(): ViewerFigures {
    const connected = sockets.filter((socket) => socket.readyState === socket.OPEN).length
    const eventsPerSecond = events / ((performance.now() - since) / 1000)
    return { clients: sockets.length, connected, events, eventsPerSecond, delay: summarize(delays) }
  }
})
