import { createHash, timingSafeEqual } from 'node:crypto'
import { parseTokens } from '../../src/token-list.ts'

/** Who makes a request: the token's name (never the token itself), and whether it may make changes. */
export interface Actor {
  readonly name: string
  readonly role: 'full' | 'read'
}

interface KnownToken extends Actor {
  readonly digest: Buffer
}

/** Every client, if no token is set. */
const ANYBODY: Actor = { name: 'anybody', role: 'full' }

/**
 * Holds the digests of the tokens in `API_TOKEN` (`full`) and `READ_TOKEN` (`read`).
 * @returns `required`: at least one token is set; `actorOf`: the actor of a token, null if it is missing or unknown
 */
export function createTokens(
  full: string | undefined,
  read: string | undefined
): { required: boolean; actorOf(token: string | undefined): Actor | null } {
  const known = [...parseKnown(full, 'full'), ...parseKnown(read, 'read')]
  return {
    required: known.length > 0,

    actorOf(token) {
      if (known.length === 0) return ANYBODY
      if (token === undefined) return null
      const digest = digestOf(token)
      let found: Actor | null = null
      // All tokens are compared, each in constant time, so that timing reveals nothing about any of them.
      for (const candidate of known) if (timingSafeEqual(candidate.digest, digest)) found ??= candidate
      return found
    }
  }
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

function parseKnown(list: string | undefined, role: Actor['role']): KnownToken[] {
  if (list === undefined) return []
  return parseTokens(list).map(({ name, token }, i) => ({
    name: name ?? `${role}-${i + 1}`,
    role,
    digest: digestOf(token)
  }))
}

const digestOf = (token: string) => createHash('sha256').update(token).digest()
