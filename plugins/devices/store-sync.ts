import type { FastifyInstance } from 'fastify'

type Parts = Pick<FastifyInstance, 'bus' | 'config' | 'db' | 'deviceHub'>

/** How many devices the hub has released and claimed. */
interface SyncedDevices {
  released: number
  claimed: number
}

/** Creates the function that brings the hub in line with the store after all imprints were replaced at once. */
export function createStoreSync({ bus, config, db, deviceHub }: Parts) {
  /**
   * Releases devices that are no longer imprinted, and claims new ones; those are watched with `AUTO_LISTEN`. When the
   * promise resolves, no task talks to a released device any more.
   * @param before MACs of the devices that were imprinted before
   */
  return async function syncWithStore(before: string[]): Promise<SyncedDevices> {
    const gone = before.filter((mac) => !db.imprinted.has(mac))
    await Promise.all(gone.map((mac) => deviceHub.release(mac)))
    const claimed = await deviceHub.claimStored(db.imprinted.list())
    for (const mac of claimed) bus.emit('device.imprinted', { mac })
    if (config.AUTO_LISTEN) deviceHub.watch(claimed)
    return { released: gone.length, claimed: claimed.length }
  }
}
