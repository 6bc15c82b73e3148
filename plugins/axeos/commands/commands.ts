import { NotSupportedError } from '../../../src/errors/commands.ts'
import { MinerResetError, MinerTimeoutError } from '../../../src/errors/miners.ts'
import type { Address } from '../../../src/network.ts'
import { parseSafeJson } from '../../../src/safe-json.ts'
import type { Otp } from '../../../schemas/settings.ts'
import type { Identity } from '../../../schemas/telemetry.ts'
import { MAX_DEPTH } from '../reading/answers.ts'
import { isObject } from '../reading/fields.ts'
import { isOlder } from '../reading/version.ts'
import type { Client, RequestOptions } from '../wire/client.ts'
import { Exchange, keepAnswer } from '../wire/exchange.ts'
import { otpHeaders, requireAccepted, toPrintable } from '../wire/rejections.ts'

/** Firmware answers a write only after saving it, and handles one request at a time (AXEOS.md 1.1). */
const WRITE_TIMEOUT_MS = 10_000

export type CommandName = 'restart' | 'identify' | 'pause' | 'resume'
export type CommandSupport = { supported: true } | { supported: false; reason: string }

export interface CommandOptions extends RequestOptions {
  otp?: Otp | undefined
}

const SUPPORTED: CommandSupport = { supported: true }
/** First version of ESP-Miner with each command (AXEOS.md 1.2); NerdQAxe has only the first (1.7). */
const SINCE = { restart: null, identify: '2.12.0', pause: '2.14.0', resume: '2.14.0' } as const

/** Returns whether a firmware has a command. An unknown version counts as the newest of its family. */
export function commandSupport({ dialect, version }: Identity, name: CommandName): CommandSupport {
  const since = SINCE[name]
  if (since === null) return SUPPORTED
  if (dialect === 'nerdqaxe') return { supported: false, reason: 'NerdQAxe firmware does not offer it' }
  return isOlder(version, since) ? { supported: false, reason: `ESP-Miner v${since} added it` } : SUPPORTED
}

/** Creates the two requests that change a miner. Each is sent exactly once. */
export function createCommands(client: Client) {
  return {
    /**
     * Writes settings: one `PATCH /api/system`. A miner that accepts it may still ignore a setting: read the miner
     * afterwards, and compare with `verifySettings`.
     * @throws {OtpRequiredError | OtpRefusedError | MinerDeniedError | MinerRejectedError} the miner refused
     * @throws another named error, as `readInfo` does; the miner may then have applied the settings
     */
    async writeSettings(
      address: Address,
      body: Readonly<Record<string, unknown>>,
      { otp, timeoutMs = WRITE_TIMEOUT_MS, ...options }: CommandOptions = {}
    ): Promise<void> {
      const headers = { 'content-type': 'application/json', ...otpHeaders(address, otp) }
      const request = { method: 'PATCH', path: '/api/system', body: JSON.stringify(body), headers } as const
      requireAccepted(await client.write(address, request, { ...options, timeoutMs }), address, otp, body)
    },

    /**
     * Sends a command, which the miner executes at once.
     * @returns the miner's message, if any
     * @throws {NotSupportedError} the firmware lacks the command
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
      const exchange = new Exchange(keepAnswer)
      const request = { method: 'POST', path: `/api/system/${name}`, headers: otpHeaders(address, otp) } as const
      try {
        const answer = await client.write(address, request, { ...options, timeoutMs }, exchange)
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
 * Whether an error means that the miner restarted before it answered. Firmware before v2.1.6 never answers, and its
 * connection may stay open until the timeout (AXEOS.md 1.3).
 */
function isSilentRestart(error: unknown, { dialect, version }: Identity): boolean {
  if (error instanceof MinerResetError) return true
  return error instanceof MinerTimeoutError && dialect === 'lenient' && isOlder(version, '2.1.6')
}

/** Reads the message of an answer in any of its forms: JSON, plain text or nothing (AXEOS.md 1.3). */
function readMessage(body: string): string | null {
  const json = parseJson(body)
  const text = isObject(json) && typeof json.message === 'string' ? json.message : body
  return toPrintable(text) || null
}

function parseJson(body: string): unknown {
  try {
    return parseSafeJson(body, MAX_DEPTH)
  } catch {
    return null
  }
}
