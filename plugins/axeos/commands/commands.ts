import type { Identity } from '../../../schemas/telemetry.ts'
import { NotSupportedError } from '../../../src/errors/commands.ts'
import { MinerResetError, MinerTimeoutError } from '../../../src/errors/miners.ts'
import type { Address } from '../../../src/network.ts'
import type { Client, RequestOptions } from '../wire/client.ts'
import { asItIs, Exchange } from '../wire/exchange.ts'
import { isObject } from '../reading/fields.ts'
import { otpHeaders, requireAccepted, toPrintable, type Otp } from '../wire/rejections.ts'
import { isOlder } from '../reading/version.ts'

/** The handler of a write is slow while it saves, and all handlers wait for one another (AXEOS.md 1.1). */
export const WRITE_TIMEOUT_MS = 10_000

export type CommandName = 'restart' | 'identify' | 'pause' | 'resume'
export type CommandSupport = { supported: true } | { supported: false; reason: string }

export interface CommandOptions extends RequestOptions {
  otp?: Otp | undefined
}

const SUPPORTED: CommandSupport = { supported: true }
/** The version of ESP-Miner that brings each (AXEOS.md 1.2); NerdQAxe has but the first (1.7). */
const SINCE = { restart: null, identify: '2.12.0', pause: '2.14.0', resume: '2.14.0' } as const

/** Tells whether a firmware has a command; one of unknown version is taken to have what its family may have. */
export function commandSupport({ dialect, version }: Identity, name: CommandName): CommandSupport {
  const since = SINCE[name]
  if (since === null) return SUPPORTED
  if (dialect === 'N') return { supported: false, reason: 'NerdQAxe firmware does not offer it' }
  return isOlder(version, since) ? { supported: false, reason: `ESP-Miner v${since} brings it` } : SUPPORTED
}

/** Makes the two ways in which a miner is changed. Nothing is ever sent twice. */
export function createCommands(client: Client) {
  return {
    /**
     * Writes settings: one `PATCH /api/system`. That the miner accepts does not mean that it applies: read back, and
     * compare with `verifySettings`.
     * @throws {OtpRequiredError | OtpRefusedError | MinerDeniedError | MinerRejectedError} the miner refused
     * @throws another named error, as `readInfo` does; after one of those it is unknown whether the miner has applied it
     */
    async writeSettings(
      address: Address,
      body: Readonly<Record<string, unknown>>,
      { otp, timeoutMs = WRITE_TIMEOUT_MS, ...options }: CommandOptions = {}
    ): Promise<void> {
      const headers = { 'content-type': 'application/json', ...otpHeaders(address, otp) }
      const request = { method: 'PATCH', path: '/api/system', body: JSON.stringify(body), headers } as const
      requireAccepted(await client.command(address, request, { ...options, timeoutMs }), address, otp, body)
    },

    /**
     * Has a miner do something at once.
     * @returns what it says about it, if anything
     * @throws {NotSupportedError} its firmware is too old
     * @throws as `writeSettings` does
     */
    async command(
      address: Address,
      name: CommandName,
      identity: Identity,
      { otp, timeoutMs = WRITE_TIMEOUT_MS, ...options }: CommandOptions = {}
    ): Promise<{ message: string | null }> {
      const support = commandSupport(identity, name)
      if (!support.supported) throw new NotSupportedError(String(identity.version), name, support.reason)
      const exchange = new Exchange(asItIs)
      const request = { method: 'POST', path: `/api/system/${name}`, headers: otpHeaders(address, otp) } as const
      try {
        const answer = await client.command(address, request, { ...options, timeoutMs }, exchange)
        requireAccepted(answer, address, otp, null)
        return { message: readMessage(answer.body) }
      } catch (error) {
        if (name === 'restart' && exchange.sent && isSilentRestart(error, identity)) return { message: null }
        throw error
      }
    }
  }
}

/**
 * A miner that restarts may break off before it has answered. Firmware before v2.1.6 always does, and its connection may
 * also stay open until nobody is there any more (AXEOS.md 1.3).
 */
function isSilentRestart(error: unknown, { dialect, version }: Identity): boolean {
  if (error instanceof MinerResetError) return true
  return error instanceof MinerTimeoutError && dialect === 'A' && isOlder(version, '2.1.6')
}

/** The message of an answer in any of its forms: JSON, bare text, nothing (AXEOS.md 1.3). */
function readMessage(body: string): string | null {
  const json = parse(body)
  const text = isObject(json) && typeof json.message === 'string' ? json.message : body
  return toPrintable(text) || null
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
