import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { TooManyLiveClientsError } from '../../src/errors/limits.ts'
import { splitList } from '../../src/network.ts'

type Parts = Pick<FastifyInstance, 'access' | 'config' | 'io'>

/**
 * Refuses handshakes of foreign pages, those to a name that a stranger may own, and those for which there is no room:
 * Socket.IO's requests pass none of Fastify's hooks, so the same rules are asked here.
 */
export function createGate(app: Parts) {
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

/** Lets in who presents a token, in `auth.token` or in the header; watching takes no more than one that may read. */
export function createDoor({ access, config }: Pick<Parts, 'access' | 'config'>) {
  return async ({ handshake }: Socket, next: (error?: Error) => void): Promise<void> => {
    const { token } = handshake.auth
    try {
      access.identify(handshake.headers, typeof token === 'string' ? token : undefined)
      next()
    } catch (error) {
      const ip = addressOf(handshake, config.TRUST_PROXY)
      next(
        await access.countDenied({ ip }).then(
          () => error as Error,
          (tooMany: Error) => tooMany
        )
      )
    }
  }
}

/** The address of a client as Fastify tells it of a request. */
function addressOf({ address, headers }: Socket['handshake'], trustProxy: boolean): string {
  return (trustProxy && splitList(String(headers['x-forwarded-for'] ?? '')).at(-1)) || address
}
