import type { FastifyInstance } from 'fastify'
import { macOf, OVERVIEW_UID, uidOf } from './names.ts'
import type { createRenderer, Wanted } from './render.ts'

/** Renames of one device that are followed at once between two looks at everything: one that has no end must not cost more. */
const RENAMES = 5

/** What dashboards there are to be: one for each imprinted device, and the overview. */
export function createWishes(
  { db, deviceHub }: Pick<FastifyInstance, 'db' | 'deviceHub'>,
  renderer: ReturnType<typeof createRenderer>
) {
  /** The host names that titles were made of. */
  const names = new Map<string, string | null>()
  const renames = new Map<string, number>()

  return {
    uids(): string[] {
      renames.clear()
      return [OVERVIEW_UID, ...db.imprinted.list().map(({ mac }) => uidOf(mac))]
    },

    wanted(uid: string): Wanted | undefined {
      if (uid === OVERVIEW_UID) return renderer.overview()
      const mac = macOf(uid)
      if (mac === null || !db.imprinted.has(mac)) return undefined
      const hostname = deviceHub.get(mac)?.reading?.identity.hostname ?? null
      names.set(mac, hostname)
      return renderer.device(mac, hostname)
    },

    /** Tells whether a device calls itself otherwise than its dashboard, so that something is to be done now. */
    isRenamed(mac: string, hostname: string | null): boolean {
      if (names.get(mac) === hostname) return false
      names.set(mac, hostname)
      const times = (renames.get(mac) ?? 0) + 1
      renames.set(mac, times)
      return times <= RENAMES
    },

    forget(mac: string): void {
      names.delete(mac)
      renames.delete(mac)
    }
  }
}
