import { createHash, timingSafeEqual } from 'node:crypto'
import { parseTokens } from '../../src/token-list.ts'

/** Who makes a request: the token's name (never the token), and whether it may change anything. */
export interface Actor {
  readonly name: string
  readonly role: 'full' | 'read'
}

interface Known extends Actor {
  readonly digest: Buffer
}

/** Everybody, where no token is set. */
const ANYBODY: Actor = { name: 'anybody', role: 'full' }

/**
 * Knows the tokens of `API_TOKEN` and `READ_TOKEN`.
 * @returns who presents a token; null when it is none that is known
 */
export function createTokens(
  full: string | undefined,
  read: string | undefined
): { wanted: boolean; actorOf(token: string | undefined): Actor | null } {
  const known = [...knownFrom(full, 'full'), ...knownFrom(read, 'read')]
  return {
    wanted: known.length > 0,

    actorOf(token) {
      if (known.length === 0) return ANYBODY
      if (token === undefined) return null
      const digest = digestOf(token)
      let found: Actor | null = null
      // Every token is compared, and in constant time, so that the time taken tells nothing about any of them.
      for (const candidate of known) if (timingSafeEqual(candidate.digest, digest)) found ??= candidate
      return found
    }
  }
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

function knownFrom(list: string | undefined, role: Actor['role']): Known[] {
  if (list === undefined) return []
  return parseTokens(list).map(({ name, token }, i) => ({
    name: name ?? `${role}-${i + 1}`,
    role,
    digest: digestOf(token)
  }))
}

const digestOf = (token: string) => createHash('sha256').update(token).digest()
