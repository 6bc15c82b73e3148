import type { FastifyInstance } from 'fastify'
import type { Channel } from './channel.ts'

/** Makes the ways to keep log streams open. */
export function createHolds({ bus, db, deviceHub }: FastifyInstance, channelOf: (mac: string) => Channel) {
  let traced = new Map<string, () => void>()

  /** Calls `join` for every monitored device, and for each one more as it comes. @returns the function that ends it */
  function forEach(join: (channel: Channel) => () => void): () => void {
    const leaves = new Map<string, () => void>()
    const add = ({ mac }: { mac: string }) => {
      if (db.imprinted.has(mac) && !leaves.has(mac)) leaves.set(mac, join(channelOf(mac)))
    }
    const off = [bus.on('device.watched', add), bus.on('device.released', ({ mac }) => leaves.delete(mac))]
    for (const device of deviceHub.snapshot()) add(device)
    return () => [...off, ...leaves.values()].forEach((leave) => leave())
  }

  bus.on('device.released', ({ mac }) => traced.delete(mac))

  return {
    forEach,

    /** Keeps a device's stream open until the function that it gives is called. @throws {DeviceNotFoundError} */
    hold: (mac: string): (() => void) => channelOf(mac).hold(),

    /** Keeps the streams of all monitored devices open until the function that it gives is called. */
    holdAll: (): (() => void) => forEach((channel) => channel.hold()),

    /** Makes the streams that are open for nobody in particular exactly these. */
    trace(macs: Iterable<string>): void {
      const before = traced
      traced = new Map([...macs].map((mac) => [mac, channelOf(mac).hold()]))
      for (const release of before.values()) release()
    }
  }
}
