import { MinerNotJsonError, MinerStatusError, NotAMinerError } from '../../../src/errors/miners.ts'
import type { Address } from '../../../src/network.ts'
import type { Answer } from '../wire/exchange.ts'
import type { Info } from './fields.ts'
import { isInfo } from './identity.ts'

const DEEPEST = 16

/**
 * Reads a miner's info out of an answer. What JSON.parse complains about is not passed on: it quotes the answer, which
 * may hold a password.
 * @throws {MinerStatusError | MinerNotJsonError | NotAMinerError}
 */
export function parseInfo(answer: Answer, address: Address): Info {
  const value = parseJson(answer, address)
  if (!isInfo(value) || !isShallow(value, DEEPEST)) throw new NotAMinerError(address.text)
  return value
}

/** Parses an answer as JSON. @throws {MinerStatusError | MinerNotJsonError} */
export function parseJson(answer: Answer, address: Address): unknown {
  if (answer.status !== 200) throw new MinerStatusError(address.text, answer.status)
  try {
    return JSON.parse(answer.body)
  } catch {
    throw new MinerNotJsonError(address.text)
  }
}

/**
 * Tells whether a value nests no deeper than `levels`, so that no later walk over it runs out of stack, and takes off
 * every own `__proto__`, so that no later merge of it changes a prototype.
 */
function isShallow(value: object, levels: number): boolean {
  if (levels === 0) return false
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null && !isShallow(child, levels - 1)) return false
  }
  return true
}
