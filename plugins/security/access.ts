import type { IncomingHttpHeaders } from 'node:http'
import {
  HostNotAllowedError,
  OriginNotAllowedError,
  ReadOnlyTokenError,
  UnauthorizedError
} from '../../src/errors/access.ts'
import type { Config } from '../../src/config.ts'
import { createAllowedOriginCheck, createHostCheck, isOwnOrigin } from './host-and-origin.ts'
import { bearerToken, createTokens, type Actor } from './tokens.ts'

/**
 * Creates the access rules, which are the same for requests, WebSocket upgrades and Socket.IO.
 * @param countDenied counts the wrong tokens of an address; throws if there are too many
 * @param boundTo returns the address that the service listens on
 */
export function createAccess(
  config: Config,
  countDenied: (client: { ip: string }) => Promise<void>,
  boundTo: () => string = () => config.HOST
) {
  const tokens = createTokens(config.API_TOKEN, config.READ_TOKEN)
  const isAllowedHost = createHostCheck(config.ALLOWED_HOSTS, boundTo)
  const isAllowedOrigin = createAllowedOriginCheck(config.CORS_ORIGINS)

  return {
    /** Whether clients must present a token. */
    tokenRequired: tokens.required,

    /** @throws {HostNotAllowedError} the `Host` header has a name that an attacker could own */
    checkHost({ host }: IncomingHttpHeaders): void {
      if (!isAllowedHost(host)) throw new HostNotAllowedError(String(host).slice(0, 100))
    },

    /** Whether the pages of another origin may read answers. The signature is the one of the package `cors`. */
    corsOrigin(origin: string | undefined, decide: (error: Error | null, allowed: boolean) => void): void {
      decide(null, origin !== undefined && isAllowedOrigin(origin))
    },

    /** @throws {OriginNotAllowedError} the request comes from a web page of another origin */
    checkOrigin({ origin, host }: IncomingHttpHeaders): void {
      if (origin === undefined || isAllowedOrigin(origin) || isOwnOrigin(origin, host)) return
      throw new OriginNotAllowedError(String(origin).slice(0, 100))
    },

    /**
     * Identifies a client by the token in its headers, or by `token` if given.
     * @throws {UnauthorizedError} a token is required, and this one is missing or unknown
     */
    identify(headers: IncomingHttpHeaders, token = bearerToken(headers.authorization)): Actor {
      const actor = tokens.actorOf(token)
      if (!actor) throw new UnauthorizedError()
      return actor
    },

    /** @throws {ReadOnlyTokenError} the actor may only read */
    checkMayChange({ name, role }: Actor): void {
      if (role === 'read') throw new ReadOnlyTokenError(name)
    },

    /** Counts a wrong token. @throws {TooManyRequestsError} this address has presented too many */
    countDenied
  }
}
export type Access = ReturnType<typeof createAccess>
