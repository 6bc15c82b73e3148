import fp from 'fastify-plugin'
import type { Server } from 'socket.io'
import type { BacklogLimits } from './backlog.ts'
import { createFanout, defaultLimits } from './fanout.ts'
import { addLogListening, followLogRooms } from './log-rooms.ts'
import { EVERYTHING, LOGS, OPERATIONS, STAT } from './rooms.ts'
import { addSubscriptions } from './subscriptions.ts'
import { shareUpgrades } from './upgrades.ts'
import { createWriteBatches } from './write-batches.ts'

export interface RealtimeOptions {
  limits?: Partial<BacklogLimits>
}

declare module 'fastify' {
  interface FastifyInstance {
    io: Server
  }
}

export default fp<RealtimeOptions>(
  async (app, options) => {
    const { bus, devices, operations } = app
    const batches = createWriteBatches()
    await shareUpgrades(app, batches)
    const { io } = app
    const publish = createFanout(app, batches, { ...defaultLimits, ...options.limits })
    followLogRooms(app)

    io.on('connection', (socket) => {
      void socket.join(EVERYTHING)
      addLogListening(socket)
      addSubscriptions(socket, app)
    })

    /** The current state of a device with the fields of an event; undefined if it is no longer imprinted. */
    const deviceWith = <T extends object>(mac: string, fields: T) => {
      const device = devices.get(mac)
      return device && { ...device, ...fields }
    }
    const stat = (mac: string) => ({ rooms: [EVERYTHING, STAT, STAT + mac], key: STAT + mac })
    bus.on('device.polled', ({ mac }) =>
      publish({ event: 'stat_update', ...stat(mac), payload: () => devices.get(mac) })
    )
    bus.on('device.failed', ({ mac, error: { message: error } }) =>
      publish({ event: 'error', ...stat(mac), payload: () => deviceWith(mac, { tracing: false as const, error }) })
    )
    bus.on('device.unwatched', ({ mac, ip, remaining }) => {
      const payload = () => ({ ipRemoved: ip, macRemoved: mac, remainingIps: remaining })
      publish({ event: 'device_removed', ...stat(mac), payload })
    })
    bus.on('device.released', ({ mac }) => io.socketsLeave([STAT + mac, LOGS + mac]))
    bus.on('log.received', ({ mac, raw }) =>
      publish({
        event: 'logs_update',
        rooms: [LOGS, LOGS + mac],
        key: null,
        payload: () => deviceWith(mac, { info: raw })
      })
    )
    bus.on('operation.progress', ({ id }) =>
      publish({
        event: 'operation_update',
        rooms: [EVERYTHING, OPERATIONS],
        key: OPERATIONS + id,
        payload: () => operations.get(id)
      })
    )
  },
  { name: 'realtime', dependencies: ['bus', 'devices', 'liveClients', 'operations', 'logs'], fastify: '5.x' }
)
