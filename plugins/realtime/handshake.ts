import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { TooManyLiveClientsError } from '../../src/errors/limits.ts'
import { splitList } from '../../src/network.ts'

type Parts = Pick<FastifyInstance, 'access' | 'config' | 'io'>

/**
 * Creates the check of a handshake: its host, its origin and the number of clients. Socket.IO's requests run none of
 * Fastify's hooks, so the same rules are applied here.
 */
export function createHandshakeCheck(app: Parts) {
  const { access, config } = app
  return ({ headers }: IncomingMessage, decide: (message: string | null, allowed: boolean) => void): void => {
    try {
      access.checkHost(headers)
      access.checkOrigin(headers)
      if (app.io.engine.clientsCount >= config.MAX_LIVE_CLIENTS)
        throw new TooManyLiveClientsError(config.MAX_LIVE_CLIENTS)
      decide(null, true)
    } catch (error) {
      decide((error as Error).message, false)
    }
  }
}

/** Creates the check of a client's token, from `auth.token` or the header. Receiving events requires no more than reading. */
export function createTokenCheck({ access, config }: Pick<Parts, 'access' | 'config'>) {
  return async ({ handshake }: Socket, next: (error?: Error) => void): Promise<void> => {
    const { token } = handshake.auth
    try {
      access.identify(handshake.headers, typeof token === 'string' ? token : undefined)
      next()
    } catch (error) {
      const ip = clientAddress(handshake, config.TRUST_PROXY)
      next(
        await access.countDenied({ ip }).then(
          () => error as Error,
          (tooMany: Error) => tooMany
        )
      )
    }
  }
}

/** The same address that Fastify would find for a request. */
function clientAddress({ address, headers }: Socket['handshake'], trustProxy: boolean): string {
  return (trustProxy && splitList(String(headers['x-forwarded-for'] ?? '')).at(-1)) || address
}
