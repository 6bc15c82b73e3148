import {
  MinerDeniedError,
  MinerRejectedError,
  OtpRefusedError,
  OtpRequiredError
} from '../../../src/errors/commands.ts'
import type { Address } from '../../../src/network.ts'
import { isSecretKey } from '../../../src/redact.ts'
import type { Answer } from './exchange.ts'

/** The one-time password that NerdQAxe wants where its user switched it on (AXEOS.md 1.7). */
export interface Otp {
  readonly totp?: string | undefined
  readonly session?: string | undefined
}

const LONGEST_TEXT = 200
const SHORTEST_SECRET = 3
const CODE = /^\d{6}$/
const SESSION = /^[\x21-\x7e]{1,200}$/
const NOT_PRINTABLE = /[^\x20-\x7e]+/g
const PASSWORD = /(pass(?:word)?\\?["']?\s*[:=]\s*\\?["']?)[^"',}\s\\]+/gi

/**
 * The headers that carry a one-time password.
 * @throws {OtpRefusedError} no miner could take it, so it is not sent
 */
export function otpHeaders(address: Address, { totp, session }: Otp = {}): Record<string, string> {
  if (totp !== undefined && !CODE.test(totp)) throw new OtpRefusedError(address.text)
  if (session !== undefined && !SESSION.test(session)) throw new OtpRefusedError(address.text)
  return { ...(totp !== undefined && { 'x-totp': totp }), ...(session !== undefined && { 'x-otp-session': session }) }
}

/**
 * Passes an answer that accepts; firmware accepts with 200 and any body (AXEOS.md 1.2, 1.3).
 * @param sent what must not turn up in an error
 * @throws {OtpRequiredError | OtpRefusedError | MinerDeniedError | MinerRejectedError}
 */
export function requireAccepted(answer: Answer, address: Address, otp: Otp | undefined, sent: unknown): void {
  const { status, body } = answer
  if (status >= 200 && status < 300) return
  if (status === 401) throw toDenial(body, address, otp)
  throw new MinerRejectedError(
    address.text,
    status,
    toPrintable(withoutSecrets(body, [...secretsOf(sent), otp?.session]))
  )
}

/** Firmware answers 401 for a missing password, and for a peer outside of its private network (AXEOS.md 1.7, 5.3). */
function toDenial(body: string, address: Address, otp: Otp | undefined): Error {
  if (!/otp/i.test(body)) return new MinerDeniedError(address.text)
  const given = otp?.totp !== undefined || otp?.session !== undefined
  return given ? new OtpRefusedError(address.text) : new OtpRequiredError(address.text)
}

/** One line of at most 200 printable characters. */
export function toPrintable(text: string): string {
  return text.replaceAll(NOT_PRINTABLE, ' ').trim().slice(0, LONGEST_TEXT)
}

function withoutSecrets(text: string, secrets: (string | undefined)[]): string {
  const forms = secrets.flatMap((secret = '') => [secret, JSON.stringify(secret).slice(1, -1)])
  return forms
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, '*****'), text)
    .replaceAll(PASSWORD, '$1*****')
}

function secretsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (isSecretKey(key) ? [String(inner)] : secretsOf(inner)))
}
