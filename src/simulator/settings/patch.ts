import { recordWrite, send, sendError, sendNothing, type Exchange } from '../http/exchange.ts'
import { isFields, parseJson } from '../json.ts'
import { bootTimeOf, reboot } from '../miner/power.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields } from '../types.ts'
import { commit } from './commit.ts'
import { readNerd } from './nerdqaxe.ts'
import { passesOtp, wantsOtp } from './otp.ts'
import { mirrorPools, storePools } from './pools.ts'
import { readStrict } from './strict.ts'
import { readTrusting } from './lenient.ts'

/** `PATCH /api/system` in the dialect of the firmware (AXEOS.md 3). */
export function patchSystem(exchange: Exchange): void {
  if (writeFault(exchange)) return
  if (wantsOtp(exchange) && !passesOtp(exchange)) return fail(exchange, 401, 'OTP/Session required')
  const { state, body } = exchange
  const { firmware } = state.profile
  const parsed = parseJson(body)
  // Before v2.4.0 a body that is no JSON is answered with 200, and nothing happens.
  if (parsed === undefined && firmware.since('2.4.0', '0')) return fail(exchange, 400, 'Invalid JSON')
  const values = isFields(parsed) ? read(state, parsed) : {}
  if (values === null) return fail(exchange, 400, 'Wrong API input')
  if (values === 'crash') return crash(exchange)
  const applied = apply(state, values)
  recordWrite(exchange, 200, applied)
  if (typeof applied['hostname'] === 'string' && firmware.since('2.15.0', null))
    sendRedirect(exchange, applied['hostname'])
  else sendNothing(exchange)
}

/** Lets the write faults answer. True: one did. */
export function writeFault(exchange: Exchange): boolean {
  const { faults } = exchange.state
  const refusal = faults.get('refuseWrites')
  if (refusal) fail(exchange, Number(refusal.params['status']), 'Failed to post control value')
  if (refusal || !faults.has('ignoreWrites')) return refusal !== undefined
  recordWrite(exchange, 200, {})
  sendNothing(exchange)
  return true
}

function fail(exchange: Exchange, status: number, text: string): void {
  recordWrite(exchange, status, {})
  sendError(exchange, status, text)
}

function read(state: MinerState, body: Fields): Fields | null | 'crash' {
  const { dialect } = state.profile.firmware
  if (dialect === 'A') return readTrusting(state, body)
  return dialect === 'N' ? readNerd(state, body) : readStrict(state, body)
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
