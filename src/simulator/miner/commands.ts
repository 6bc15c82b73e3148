import { send, sendError, sendJson, type Exchange } from '../http/exchange.ts'
import { bootTimeOf, reboot } from './power.ts'
import type { Json } from '../json.ts'
import { startNewRate } from './vitals.ts'

/** `POST /api/system/restart`: the reply of this version, a pause without any service, then the reboot (AXEOS.md 1.3). */
export function restart(exchange: Exchange): void {
  const { state, options } = exchange
  const bootTimeMs = bootTimeOf(state, options)
  const text = 'System will restart shortly.'
  const style = state.profile.firmware.restart
  if (style === 'drop') return reboot(state, bootTimeMs)
  state.tasks.unshift((done) => {
    const rebootNow = (): void => {
      reboot(state, bootTimeMs)
      done()
    }
    setTimeout(rebootNow, options.restartDelayMs).unref()
  })
  if (style === 'json') sendJson(exchange, { message: text })
  else send(exchange, 200, style === 'html' ? 'text/html' : 'text/plain', text)
}

/** `POST /api/system/identify`: shows a greeting on the display for 30 s, or hides it (AXEOS.md 1.2). */
export function identify(exchange: Exchange): void {
  const { state } = exchange
  const on = state.identifyUntil < Date.now()
  state.identifyUntil = on ? Date.now() + 30_000 : 0
  const message = on ? 'The device says "Hi!" for 30 seconds.' : 'The device no longer says "Hi!".'
  if (state.profile.firmware.since('2.13.0', null)) sendJson(exchange, { message })
  else send(exchange, 200, 'text/plain', message)
}

/** `POST /api/system/pause`: mining stops until it is resumed or the miner reboots. */
export function pause(exchange: Exchange): void {
  setStopped(exchange, 'miningPaused', true)
  sendJson(exchange, { message: 'Mining paused' })
}

/** `POST /api/system/resume`. */
export function resume(exchange: Exchange): void {
  setStopped(exchange, 'miningPaused', false)
  sendJson(exchange, { message: 'Mining resumed' })
}

/** `POST /api/system/shutdown` on NerdQAxe: hashing stops until a restart (AXEOS.md 1.7). */
export function shutdown(exchange: Exchange): void {
  setStopped(exchange, 'shutdown', true)
  send(exchange, 200, 'text/html', 'System will shutdown shortly.')
}

function setStopped({ state }: Exchange, key: string, stopped: boolean): void {
  startNewRate(state)
  state.stoppedAt = stopped ? (state.stoppedAt ?? Date.now()) : null
  if (key in state.stored) state.stored[key] = stopped
  startNewRate(state)
}

/** `POST /api/system/reset-stats` on NerdQAxe: resets the session counters and answers 204. */
export function resetStats(exchange: Exchange): void {
  startNewRate(exchange.state)
  exchange.state.session.units = 0
  sendError(exchange, 204, '')
}

/** `POST /api/system/blockFound/dismiss`. */
export function dismissBlock(exchange: Exchange): void {
  const { stored } = exchange.state
  stored['showNewBlock'] = false
  const message = 'Block found notification dismissed'
  sendJson(exchange, { blockFound: stored['blockFound'] ?? 0, showNewBlock: false, message })
}

/** `GET /api/system/wifi/scan`. */
export function scanWifi(exchange: Exchange): void {
  const networks: Json = [{ ssid: exchange.state.stored['ssid'] ?? '', rssi: -52, authmode: 3 }]
  sendJson(exchange, { networks })
}
