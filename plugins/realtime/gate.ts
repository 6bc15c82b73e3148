import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'

type Access = FastifyInstance['access']

/**
 * Refuses handshakes of foreign pages, and those to a name that a stranger may own: Socket.IO's requests pass none of
 * Fastify's hooks, so the same rules are asked here.
 */
export function createGate(access: Access) {
  return ({ headers }: IncomingMessage, decide: (message: string | null, allowed: boolean) => void): void => {
    try {
      access.checkHost(headers)
      access.checkOrigin(headers)
      decide(null, true)
    } catch (error) {
      decide((error as Error).message, false)
    }
  }
}

/** Lets in who presents a token, in `auth.token` or in the header; watching takes no more than one that may read. */
export function createDoor(access: Access) {
  return ({ handshake }: Socket, next: (error?: Error) => void): void => {
    const { token } = handshake.auth
    try {
      access.authorize(handshake.headers, false, typeof token === 'string' ? token : undefined)
      next()
    } catch (error) {
      next(error as Error)
    }
  }
}
