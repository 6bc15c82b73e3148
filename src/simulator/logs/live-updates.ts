import type { WebSocket } from 'ws'
import { infoOf } from '../miner/info.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields } from '../json.ts'

const everyMs = 500

/** Serves one client of `/api/ws/live`: first the whole object, then only the top-level fields that changed (AXEOS.md 1.4). */
export function sendLiveUpdates(state: MinerState, ws: WebSocket): void {
  let known = new Map<string, string>()
  const update = (): void => {
    const info = liveInfo(state)
    const texts = new Map(Object.entries(info).map(([key, value]) => [key, JSON.stringify(value)]))
    const data = Object.fromEntries(Object.entries(info).filter(([key]) => known.get(key) !== texts.get(key)))
    known = texts
    if (Object.keys(data).length) ws.send(JSON.stringify({ event: 'update', data }))
  }
  update()
  const timer = setInterval(update, everyMs).unref()
  ws.once('close', () => clearInterval(timer))
}

function liveInfo(state: MinerState): Fields {
  const { fullHostname: _full, mdnsHostname: _mdns, ...info } = infoOf(state)
  return info
}
