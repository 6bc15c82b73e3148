import type { WebSocket } from 'ws'
import { answerParent } from './ipc.ts'
import { summarize, type Summary } from '../measures/percentile.ts'
import { openViewer, stampOf } from './viewer.ts'

export interface Watchers {
  url: string
  /** For each client the MAC that it watches, or null for all devices. */
  watched: (string | null)[]
  /** When miners were started, by MAC; see `clocksOf`. */
  clocks: Record<string, number>
}

export interface ViewerFigures {
  clients: number
  /** Clients that are still connected. */
  connected: number
  events: number
  eventsPerSecond: number
  /** From the miner's answer to the arrival at a client, in ms, of those miners whose answers tell their time. */
  delay: Summary
}

let sockets: WebSocket[] = []
let clocks = new Map<string, number>()
let since = 0
let events = 0
let delays: number[] = []

function heard(frame: Buffer): void {
  events++
  const stamp = stampOf(frame)
  const start = stamp && clocks.get(stamp.mac)
  if (stamp && start !== null && start !== undefined)
    delays.push(performance.timeOrigin + performance.now() - (start + stamp.ageMs))
}

answerParent({
  async open({ url, watched, clocks: given }: Watchers): Promise<void> {
    clocks = new Map(Object.entries(given))
    sockets = await Promise.all(watched.map((mac) => openViewer(url, mac ?? undefined, heard)))
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
