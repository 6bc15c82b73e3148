import fp from 'fastify-plugin'
import type { Server } from 'socket.io'
import { createBursts } from './bursts.ts'
import { createFanout, defaultLimits } from './fanout.ts'
import { addLogSwitch, holdStreamsOfRooms } from './log-switch.ts'
import type { ReaderLimits } from './reader.ts'
import { EVERYTHING, LOGS, OPERATIONS, STAT } from './rooms.ts'
import { addSubscriptions } from './subscriptions.ts'
import { shareUpgrades } from './upgrades.ts'

/** Takes the place of the plugin's own constants. */
export interface RealtimeOptions {
  limits?: Partial<ReaderLimits>
}

declare module 'fastify' {
  interface FastifyInstance {
    io: Server
  }
}

export default fp<RealtimeOptions>(
  async (app, options) => {
    const { bus, devices, operations } = app
    const bursts = createBursts()
    await shareUpgrades(app, bursts)
    const { io } = app
    const publish = createFanout(io, bursts, { ...defaultLimits, ...options.limits })
    holdStreamsOfRooms(app)

    io.on('connection', (socket) => {
      void socket.join(EVERYTHING)
      addLogSwitch(socket)
      addSubscriptions(socket, app)
    })

    /** A device as it is now, with what an event has to say; undefined once it is imprinted no more. */
    const about = <T extends object>(mac: string, news: T) => {
      const device = devices.get(mac)
      return device && { ...device, ...news }
    }
    const stat = (mac: string) => ({ rooms: [EVERYTHING, STAT, STAT + mac], key: STAT + mac })
    bus.on('device.polled', ({ mac }) =>
      publish({ event: 'stat_update', ...stat(mac), payload: () => devices.get(mac) })
    )
    bus.on('device.failed', ({ mac, error: { message: error } }) =>
      publish({ event: 'error', ...stat(mac), payload: () => about(mac, { tracing: false as const, error }) })
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
        payload: () => about(mac, { info: raw })
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
  { name: 'realtime', dependencies: ['bus', 'devices', 'operations', 'logs'], fastify: '5.x' }
)
