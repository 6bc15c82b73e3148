import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { DeviceNotFoundError } from '../../src/errors/requests.ts'
import type { Address } from '../../src/network.ts'
import type { DeviceState } from '../../schemas/device.ts'
import { Channel } from './channel.ts'
import type { ConnectionPolicy } from './log-connection.ts'
import type { LogTimes } from './times.ts'

/** Number of streams to open at once. Each costs the miner a request and this service a handshake. */
const OPENING_AT_ONCE = 32

const POLICIES: Record<DeviceState, ConnectionPolicy> = {
  online: { kind: 'connect' },
  connecting: { kind: 'keep', reason: 'the device has not answered yet' },
  offline: { kind: 'keep', reason: 'the device is offline' },
  restarting: { kind: 'keep', reason: 'the device is restarting' },
  mismatch: { kind: 'disconnect', reason: 'another miner answers at its address' },
  conflict: { kind: 'disconnect', reason: 'two miners claim its MAC' },
  idle: { kind: 'disconnect', reason: 'the device is not monitored' }
}

/** Creates the channels, at most one per device, and keeps them in step with the hub. */
export function createChannels(app: FastifyInstance, times: LogTimes) {
  const { axeos, bus, config, db, deviceHub, metrics } = app
  const channels = new Map<string, Channel>()
  const open = new Set<string>()
  const opening = new PQueue({ concurrency: OPENING_AT_ONCE })

  /** Confirms who answers, so that another miner's lines are not taken for the device's own. */
  function confirm(mac: string, signal: AbortSignal): Promise<Address> {
    return deviceHub.withMiner(mac, async ({ address }) => address, { unidentified: 'accept', signal })
  }

  /** Returns the channel of a device, and creates it on first use. @throws {DeviceNotFoundError} */
  function channelOf(mac: string): Channel {
    if (!db.imprinted.has(mac)) throw new DeviceNotFoundError(mac)
    const known = channels.get(mac)
    if (known) return known
    const channel = new Channel(mac, {
      times,
      bufferLines: config.LOG_BUFFER_LINES,
      policy: POLICIES[deviceHub.get(mac)?.state ?? 'idle'],
      openStream: axeos.openStream,
      confirm: (signal) => opening.add(() => confirm(mac, signal)),
      onEntry: (entry) => bus.emit('log.received', entry),
      onState(state) {
        if (state === 'open') open.add(mac)
        else open.delete(mac)
        metrics.setLogStreams(open.size)
      }
    })
    channels.set(mac, channel)
    return channel
  }

  function end(mac: string, reason: string): void {
    channels.get(mac)?.end(reason)
    channels.delete(mac)
  }

  bus.on('device.state', ({ mac, to }) => channels.get(mac)?.connection.setPolicy(POLICIES[to]))
  bus.on('device.moved', ({ mac }) => channels.get(mac)?.connection.reconnect())
  bus.on('device.released', ({ mac }) => end(mac, 'the device was removed'))

  return {
    channelOf,

    /** Ends every channel, because the service stops. */
    close(): void {
      for (const mac of [...channels.keys()]) end(mac, 'the service is stopping')
    }
  }
}
