import type { FastifyInstance } from 'fastify'
import { lastKnownOf } from '../../src/last-known.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'bus' | 'config' | 'db' | 'deviceHub' | 'log'>

/** How many devices the hub has given up and taken over. */
export interface Followed {
  released: number
  claimed: number
}

/** Makes the function that brings the hub in line with what is imprinted, after all of that was replaced at once. */
export function createFollower({ axeos, bus, config, db, deviceHub, log }: Parts) {
  async function claimAll(): Promise<string[]> {
    const imprints = db.imprinted.list()
    const rows = await db.readTelemetry(imprints.map(({ mac }) => mac))
    const claimed: string[] = []
    imprints.forEach((imprint, i) => {
      const { mac } = imprint
      const { address, known } = lastKnownOf(imprint, rows[i], axeos.toReading)
      if (!db.imprinted.has(mac)) return
      if (!address) return log.error({ mac, ip: imprint.ip }, 'an imprinted device has no valid address')
      const device = deviceHub.get(mac)
      // Where a device answers is newer than what was stored of it.
      if (device && !device.answering) deviceHub.readdress(mac, address)
      if (device) return
      deviceHub.claim(mac, address, known)
      bus.emit('device.imprinted', { mac })
      claimed.push(mac)
    })
    return claimed
  }

  /**
   * Gives up devices that are imprinted no more, and takes over those that the hub does not have; they are watched with
   * `AUTO_LISTEN`. When the promise resolves, nobody speaks with the others any more.
   * @param before MACs of the devices that were imprinted
   */
  return async function followStore(before: string[]): Promise<Followed> {
    const gone = before.filter((mac) => !db.imprinted.has(mac))
    await Promise.all(gone.map((mac) => deviceHub.release(mac)))
    const claimed = await claimAll()
    if (config.AUTO_LISTEN) deviceHub.watch(claimed)
    return { released: gone.length, claimed: claimed.length }
  }
}
