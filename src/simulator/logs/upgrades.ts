import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { isAllowed } from '../http/access.ts'
import { loopbackOf } from '../fleet/addresses.ts'
import { markUsed } from '../http/connections.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { acceptRequest, headerBytes } from '../http/server.ts'
import type { LogClient, MinerState } from '../miner/state.ts'
import { sendLiveUpdates } from './live-updates.ts'
import type { LogEmitter } from './emitter.ts'

const reasons: Record<number, string> = {
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large'
}
const bodies: Record<number, string> = {
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Max WebSocket clients reached',
  431: 'Header fields are too long'
}

/** Answers the WebSocket upgrades of all miners: `/api/ws` and, since v2.14.0, `/api/ws/live` (AXEOS.md 1.4). */
export function serveUpgrades(http: Server, fleet: Fleet, emitter: LogEmitter): void {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 65_536,
    clientTracking: false
  })
  http.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    const state = fleet.at(loopbackOf(req.socket.localAddress))
    socket.on('error', () => socket.destroy())
    // Until a WebSocket takes over, nothing reads the socket: without this it would outlive its client.
    socket.on('end', () => socket.end()).resume()
    if (!state || !acceptRequest(state, req) || state.faults.has('hang')) return
    const live = req.url === '/api/ws/live' && state.profile.firmware.since('2.14.0', null)
    const early =
      headerBytes(req) > state.profile.firmware.headerLimit
        ? 431
        : live || req.url?.split('?')[0] === '/api/ws'
          ? null
          : 404
    if (early) return void socket.end(refusal(early))
    const status = refusalStatus(state, req)
    if (status && state.profile.firmware.refusesBeforeUpgrade) return void socket.end(refusal(status))
    server.handleUpgrade(req, socket, head, (ws) => {
      ws.on('error', () => ws.terminate())
      // Older firmware completes the handshake, then refuses by sending HTTP text over the open WebSocket.
      if (status) socket.end(refusal(status))
      else if (state.faults.has('closeAtOnce')) ws.close()
      else addClient(state, ws, live, emitter)
      socket.on('data', () => socket instanceof Socket && markUsed(state, socket))
    })
  })
}

function refusalStatus(state: MinerState, req: IncomingMessage): number | null {
  const { maxLogClients } = state.profile.firmware
  if (!isAllowed(req, state)) return 401
  return maxLogClients > 1 && state.logClients.size >= maxLogClients ? 429 : null
}

function refusal(status: number): string {
  const body = bodies[status] ?? ''
  return `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function addClient(state: MinerState, ws: WebSocket, live: boolean, emitter: LogEmitter): void {
  const client: LogClient = { live, ws, silent: false }
  // The newest client takes over the stream; the older socket stays open but receives nothing more.
  if (state.profile.firmware.maxLogClients === 1) for (const older of state.logClients) older.silent = true
  state.logClients.add(client)
  ws.once('close', () => state.logClients.delete(client))
  ws.on('message', (data: Buffer) => {
    // From v2.10 to v2.13 an empty message unsubscribes.
    if (
      data.length === 0 &&
      state.profile.firmware.since('2.10.0', null) &&
      !state.profile.firmware.since('2.14.0', null)
    )
      client.silent = true
  })
  if (live) sendLiveUpdates(state, ws)
  else emitter.start(state)
}
