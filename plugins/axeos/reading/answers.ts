import { MinerNotJsonError, MinerStatusError, NotAMinerError } from '../../../src/errors/miners.ts'
import type { Address } from '../../../src/network.ts'
import { JsonDepthError, parseSafeJson } from '../../../src/safe-json.ts'
import type { Answer } from '../wire/exchange.ts'
import type { Info } from './fields.ts'
import { isInfo } from './identity.ts'

/** Levels that an answer may nest; the deepest captured info has 5. */
export const MAX_DEPTH = 16

/**
 * Parses the answer of `GET /api/system/info`. The parser's own message is not passed on: it quotes the answer, which may
 * hold a password.
 * @throws {MinerStatusError | MinerNotJsonError | NotAMinerError}
 */
export function parseInfo(answer: Answer, address: Address): Info {
  if (answer.status !== 200) throw new MinerStatusError(address.text, answer.status)
  const value = parseBody(answer.body, address)
  if (!isInfo(value)) throw new NotAMinerError(address.text)
  return value
}

function parseBody(body: string, address: Address): unknown {
  try {
    return parseSafeJson(body, MAX_DEPTH)
  } catch (error) {
    throw error instanceof JsonDepthError ? new NotAMinerError(address.text) : new MinerNotJsonError(address.text)
  }
}
