import type { FastifyInstance } from 'fastify'
import type { Channel } from './channel.ts'

/** Creates the ways to keep log streams open. */
export function createSubscriptions({ bus, db, deviceHub }: FastifyInstance, channelOf: (mac: string) => Channel) {
  let traced = new Map<string, () => void>()

  /** Attaches to every monitored device, now and as it is added. @returns the function that detaches from all of them */
  function attachAll(attach: (channel: Channel) => () => void): () => void {
    const detachers = new Map<string, () => void>()
    const add = ({ mac }: { mac: string }) => {
      if (db.imprinted.has(mac) && !detachers.has(mac)) detachers.set(mac, attach(channelOf(mac)))
    }
    const unlisten = [bus.on('device.watched', add), bus.on('device.released', ({ mac }) => detachers.delete(mac))]
    for (const device of deviceHub.snapshot()) add(device)
    return () => [...unlisten, ...detachers.values()].forEach((stop) => stop())
  }

  bus.on('device.released', ({ mac }) => traced.delete(mac))

  return {
    attachAll,

    /** Keeps a device's stream open. @returns the function that releases it @throws {DeviceNotFoundError} */
    keepOpen: (mac: string): (() => void) => channelOf(mac).keepOpen(),

    /** Keeps the streams of all monitored devices open. @returns the function that releases them */
    keepAllOpen: (): (() => void) => attachAll((channel) => channel.keepOpen()),

    /** Keeps the streams of exactly these devices open until the next call, whether or not anyone views them. */
    setTraced(macs: Iterable<string>): void {
      const before = traced
      traced = new Map([...macs].map((mac) => [mac, channelOf(mac).keepOpen()]))
      for (const release of before.values()) release()
    }
  }
}
