import { randomUUID } from 'node:crypto'
import { send, sendError, type Exchange } from '../http/exchange.ts'

const windowMs = 60_000
const blockMs = 300_000

/** Whether this miner requires one-time passwords: NerdQAxe since 1.0.34, when the user has enabled them (AXEOS.md 1.7). */
export function requiresOtp({ state, options }: Pick<Exchange, 'state' | 'options'>): boolean {
  return options.otpCode !== null && state.profile.firmware.since(null, '1.0.34')
}

/** Whether a request has a correct code or a valid session. Five wrong codes within a minute block all codes for five minutes. */
export function passesOtp(exchange: Exchange): boolean {
  const { state, req, options } = exchange
  const session = req.headers['x-otp-session']
  if (typeof session === 'string' && state.otpSessions.has(session)) return true
  const now = Date.now()
  state.otpFailures = state.otpFailures.filter((at) => now - at < blockMs)
  const [fifth = 0, first] = [state.otpFailures.at(-1), state.otpFailures.at(-5)]
  if (first !== undefined && fifth - first < windowMs) return false
  const code = req.headers['x-totp']
  if (code === options.otpCode) return true
  if (code !== undefined) state.otpFailures.push(now)
  return false
}

/** `POST /api/otp/session`: returns a session token for a correct code. */
export function openOtpSession(exchange: Exchange): void {
  if (!requiresOtp(exchange) || !passesOtp(exchange)) return sendError(exchange, 401, 'OTP/Session required')
  const token = randomUUID()
  exchange.state.otpSessions.add(token)
  send(exchange, 200, 'application/json', JSON.stringify({ token, ttlMs: 86_400_000 }), true)
}
