import type { IncomingHttpHeaders } from 'node:http'
import {
  HostNotAllowedError,
  OriginNotAllowedError,
  ReadOnlyTokenError,
  UnauthorizedError
} from '../../src/errors/access.ts'
import type { Config } from '../../src/config.ts'
import { createHostCheck, createOriginCheck } from './places.ts'
import { bearerOf, createTokens, type Actor } from './tokens.ts'

/**
 * Makes the rules of who may do what, for requests, upgrades and Socket.IO alike.
 * @param countDenied counts the wrong tokens of an address, and throws when they are too many
 */
export function createAccess(config: Config, countDenied: (client: { ip: string }) => Promise<void>) {
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
     * @throws {UnauthorizedError} a token is wanted, and this is none
     */
    identify(headers: IncomingHttpHeaders, token = bearerOf(headers.authorization)): Actor {
      const actor = tokens.actorOf(token)
      if (!actor) throw new UnauthorizedError()
      return actor
    },

    /** @throws {ReadOnlyTokenError} the actor may change nothing */
    checkMayChange({ name, role }: Actor): void {
      if (role === 'read') throw new ReadOnlyTokenError(name)
    },

    /** Counts a wrong token. @throws {TooManyRequestsError} this address has presented too many of them */
    countDenied
  }
}
export type Access = ReturnType<typeof createAccess>
