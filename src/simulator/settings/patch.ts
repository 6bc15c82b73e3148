import { recordWrite, send, sendError, sendEmpty, type Exchange } from '../http/exchange.ts'
import { isFields, parseJson, type Fields } from '../json.ts'
import { bootTimeOf, reboot } from '../miner/power.ts'
import type { MinerState } from '../miner/state.ts'
import { commit } from './commit.ts'
import { readNerdqaxe } from './nerdqaxe.ts'
import { passesOtp, requiresOtp } from './otp.ts'
import { mirrorPools, storePools } from './pools.ts'
import { readStrict } from './strict.ts'
import { readLenient } from './lenient.ts'

/** `PATCH /api/system` in the dialect of the firmware (AXEOS.md 3). */
export function patchSystem(exchange: Exchange): void {
  if (answerByWriteFault(exchange)) return
  if (requiresOtp(exchange) && !passesOtp(exchange)) return fail(exchange, 401, 'OTP/Session required')
  const { state, body } = exchange
  const { firmware } = state.profile
  const parsed = parseJson(body)
  // Before v2.4.0 an invalid body is answered with 200 and ignored.
  if (parsed === undefined && firmware.since('2.4.0', '0')) return fail(exchange, 400, 'Invalid JSON')
  const values = isFields(parsed) ? read(state, parsed) : {}
  if (values === null) return fail(exchange, 400, 'Wrong API input')
  if (values === 'crash') return crash(exchange)
  const applied = apply(state, values)
  recordWrite(exchange, 200, applied)
  if (typeof applied['hostname'] === 'string' && firmware.since('2.15.0', null))
    sendRedirect(exchange, applied['hostname'])
  else sendEmpty(exchange)
}

/** Answers a write when a write fault is active. Returns whether one was. */
export function answerByWriteFault(exchange: Exchange): boolean {
  const { faults } = exchange.state
  const refusal = faults.get('refuseWrites')
  if (refusal) fail(exchange, Number(refusal.params['status']), 'Failed to post control value')
  if (refusal || !faults.has('ignoreWrites')) return refusal !== undefined
  recordWrite(exchange, 200, {})
  sendEmpty(exchange)
  return true
}

function fail(exchange: Exchange, status: number, text: string): void {
  recordWrite(exchange, status, {})
  sendError(exchange, status, text)
}

function read(state: MinerState, body: Fields): Fields | null | 'crash' {
  const { dialect } = state.profile.firmware
  if (dialect === 'lenient') return readLenient(state, body)
  return dialect === 'nerdqaxe' ? readNerdqaxe(state, body) : readStrict(state, body)
}

function apply(state: MinerState, { pools, ...values }: Fields): Fields {
  const applied = commit(state, values)
  if (Array.isArray(pools)) Object.assign(applied, storePools(state, pools.filter(isFields)))
  if ('primaryPoolIndex' in applied || 'secondaryPoolIndex' in applied) mirrorPools(state)
  return applied
}

function crash(exchange: Exchange): void {
  recordWrite(exchange, 0, {})
  reboot(exchange.state, bootTimeOf(exchange.state, exchange.options))
}

function sendRedirect(exchange: Exchange, hostname: string): void {
  const message = 'Hostname updated. Redirecting to new address...'
  const redirect = { url: `http://${hostname}.local`, delay: 2000, message }
  send(exchange, 200, 'application/json', JSON.stringify({ status: 'success', redirect }))
}
