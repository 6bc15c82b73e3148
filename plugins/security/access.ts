import type { IncomingHttpHeaders } from 'node:http'
import { HostNotAllowedError, OriginNotAllowedError, ReadOnlyTokenError, UnauthorizedError } from '../../src/errors.ts'
import type { Config } from '../../src/config.ts'
import { createHostCheck, createOriginCheck } from './places.ts'
import { bearerOf, createTokens, type Actor } from './tokens.ts'

/** Makes the rules of who may do what, for requests, upgrades and Socket.IO alike. */
export function createAccess(config: Config) {
  const tokens = createTokens(config.API_TOKEN, config.READ_TOKEN)
  const isHost = createHostCheck(config.ALLOWED_HOSTS)
  const isOrigin = createOriginCheck(config.CORS_ORIGINS)

  return {
    /** A token is wanted of everybody. */
    wantsToken: tokens.wanted,

    /** @throws {HostNotAllowedError} the service was called by a name that a stranger may own */
    checkHost({ host }: IncomingHttpHeaders): void {
      if (!isHost(host)) throw new HostNotAllowedError(String(host).slice(0, 100))
    },

    /** @throws {OriginNotAllowedError} a page of somebody else's asks */
    checkOrigin({ origin, host }: IncomingHttpHeaders): void {
      if (!isOrigin(origin, host)) throw new OriginNotAllowedError(String(origin).slice(0, 100))
    },

    /**
     * Tells who presents these headers, or this token in their place.
     * @throws {UnauthorizedError} a token is wanted, and this is none @throws {ReadOnlyTokenError}
     */
    authorize(headers: IncomingHttpHeaders, changes: boolean, token = bearerOf(headers.authorization)): Actor {
      const actor = tokens.actorOf(token)
      if (!actor) throw new UnauthorizedError()
      if (changes && actor.role === 'read') throw new ReadOnlyTokenError(actor.name)
      return actor
    }
  }
}
export type Access = ReturnType<typeof createAccess>
