import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { MinerMismatchError } from '../../src/errors/miners.ts'
import { DeviceNotFoundError } from '../../src/errors/requests.ts'
import type { Address } from '../../src/network.ts'
import type { DeviceState } from '../../schemas/device.ts'
import { Channel } from './channel.ts'
import type { Reach } from './tap.ts'
import type { LogTimes } from './times.ts'

/** Streams that are being opened at once: each costs the miner a request, and us a handshake. */
const OPENING_AT_ONCE = 32

const REACHES: Record<DeviceState, Reach> = {
  online: { kind: 'go' },
  connecting: { kind: 'stay', reason: 'the device has not answered yet' },
  offline: { kind: 'stay', reason: 'the device is offline' },
  restarting: { kind: 'stay', reason: 'the device restarts' },
  mismatch: { kind: 'leave', reason: 'another miner answers at its address' },
  idle: { kind: 'leave', reason: 'the device is not monitored' }
}

/** Makes the channels of all devices, at most one each, in step with what the hub knows of them. */
export function createChannels(app: FastifyInstance, times: LogTimes) {
  const { axeos, bus, config, db, deviceHub, discovery, metrics } = app
  const channels = new Map<string, Channel>()
  const open = new Set<string>()
  const opening = new PQueue({ concurrency: OPENING_AT_ONCE })

  /** Asks who answers at the device's address, so that no other miner's lines are taken for its own. */
  function confirm(mac: string, signal: AbortSignal): Promise<Address> {
    return deviceHub.converse(mac, async (address, lifetime) => {
      const reading = await axeos.readInfo(address, { signal: AbortSignal.any([signal, lifetime]) })
      const met = reading.mac ?? (await discovery.macOf(address.host))
      if (met === null || met === mac) return axeos.parseAddress(address.text)
      deviceHub.sighted(mac, met)
      throw new MinerMismatchError(address.text, met, mac)
    })
  }

  /** The channel of a device, made when it is asked for the first time. @throws {DeviceNotFoundError} */
  function channelOf(mac: string): Channel {
    if (!db.imprinted.has(mac)) throw new DeviceNotFoundError(mac)
    const known = channels.get(mac)
    if (known) return known
    const channel = new Channel(mac, {
      times,
      bufferLines: config.LOG_BUFFER_LINES,
      reach: REACHES[deviceHub.get(mac)?.state ?? 'idle'],
      openStream: axeos.openStream,
      confirm: (signal) => opening.add(() => confirm(mac, signal)),
      received: (entry) => bus.emit('log.received', entry),
      changed(state) {
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

  bus.on('device.state', ({ mac, to }) => channels.get(mac)?.tap.reach(REACHES[to]))
  bus.on('device.moved', ({ mac }) => channels.get(mac)?.tap.move())
  bus.on('device.released', ({ mac }) => end(mac, 'the device was removed'))

  return {
    channelOf,

    /** Ends every channel: the backend stops. */
    close(): void {
      for (const mac of [...channels.keys()]) end(mac, 'the backend stops')
    }
  }
}
export type Channels = ReturnType<typeof createChannels>
