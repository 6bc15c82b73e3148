import {
  MinerDeniedError,
  MinerRejectedError,
  OtpRefusedError,
  OtpRequiredError
} from '../../../src/errors/commands.ts'
import type { Address } from '../../../src/network.ts'
import { isSecretKey } from '../../../src/redact.ts'
import type { Otp } from '../../../schemas/settings.ts'
import type { Answer } from './exchange.ts'

const MAX_MESSAGE_LENGTH = 200
const MIN_SECRET_LENGTH = 3
const MASK = '*****'
const TOTP = /^\d{6}$/
const SESSION = /^[\x21-\x7e]{1,200}$/
const NOT_PRINTABLE = /[^\x20-\x7e]+/g
const PASSWORD = /(pass(?:word)?\\?["']?\s*[:=]\s*\\?["']?)[^"',}\s\\]+/gi

/**
 * Returns the headers that carry a one-time password.
 * @throws {OtpRefusedError} no miner accepts a password of this form, so it is not sent
 */
export function otpHeaders(address: Address, { totp, session }: Otp = {}): Record<string, string> {
  if (totp !== undefined && !TOTP.test(totp)) throw new OtpRefusedError(address.text)
  if (session !== undefined && !SESSION.test(session)) throw new OtpRefusedError(address.text)
  return { ...(totp !== undefined && { 'x-totp': totp }), ...(session !== undefined && { 'x-otp-session': session }) }
}

/**
 * Returns if the answer accepts the request: firmware accepts with 200 and any body (AXEOS.md 1.2, 1.3).
 * @param sent the body of the request, whose secrets must not appear in an error
 * @throws {OtpRequiredError | OtpRefusedError | MinerDeniedError | MinerRejectedError}
 */
export function requireAccepted(answer: Answer, address: Address, otp: Otp | undefined, sent: unknown): void {
  const { status, body } = answer
  if (status >= 200 && status < 300) return
  if (status === 401) throw toDenial(body, address, otp)
  const message = toPrintable(maskSecrets(body, [...secretsOf(sent), otp?.session]))
  throw new MinerRejectedError(address.text, status, message)
}

/** Firmware answers 401 for a missing password and for a peer outside of its private network (AXEOS.md 1.7, 5.3). */
function toDenial(body: string, address: Address, otp: Otp | undefined): Error {
  if (!/otp/i.test(body)) return new MinerDeniedError(address.text)
  const isGiven = otp?.totp !== undefined || otp?.session !== undefined
  return isGiven ? new OtpRefusedError(address.text) : new OtpRequiredError(address.text)
}

/** Converts a miner's text to one line of at most 200 printable characters. */
export function toPrintable(text: string): string {
  return text.replaceAll(NOT_PRINTABLE, ' ').trim().slice(0, MAX_MESSAGE_LENGTH)
}

function maskSecrets(text: string, secrets: (string | undefined)[]): string {
  const forms = secrets.flatMap((secret = '') => [secret, JSON.stringify(secret).slice(1, -1)])
  return forms
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text)
    .replaceAll(PASSWORD, `$1${MASK}`)
}

function secretsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (isSecretKey(key) ? [String(inner)] : secretsOf(inner)))
}
