import fp from 'fastify-plugin'
import type { Server } from 'socket.io'
import { shareUpgrades } from './upgrades.ts'

declare module 'fastify' {
  interface FastifyInstance {
    io: Server
  }
}

export default fp(
  async (app) => {
    const { bus, devices, operations } = app
    await shareUpgrades(app)

    /** Sends to every client; the payload is made only when there is one, and encoded once for all. */
    function broadcast(event: string, payload: () => unknown): void {
      if (app.io.engine.clientsCount > 0) app.io.emit(event, payload())
    }

    bus.on('device.polled', ({ mac }) => broadcast('stat_update', () => devices.get(mac)))
    bus.on('device.failed', ({ mac, error }) =>
      broadcast('error', () => ({ ...devices.get(mac), tracing: false, error: error.message }))
    )
    bus.on('device.unwatched', ({ mac, ip, remaining }) =>
      broadcast('device_removed', () => ({ ipRemoved: ip, macRemoved: mac, remainingIps: remaining }))
    )
    bus.on('operation.progress', ({ id }) => broadcast('operation_update', () => operations.get(id)))
  },
  { name: 'realtime', dependencies: ['bus', 'devices', 'operations'], fastify: '5.x' }
)
