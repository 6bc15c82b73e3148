import type { FastifyInstance } from 'fastify'
import { macOf, OVERVIEW_UID, uidOf } from './names.ts'
import type { DesiredDashboard } from './dashboard.ts'
import type { createRenderer } from './render.ts'

/** Renames of a device that are followed at once between two full reconciliations, so that endless renames cost no more. */
const MAX_RENAMES = 5

/** The desired state: one dashboard for each imprinted device, and the overview. */
export function createDesiredState(
  { db, deviceHub }: Pick<FastifyInstance, 'db' | 'deviceHub'>,
  renderer: ReturnType<typeof createRenderer>
) {
  /** The host names that the current titles contain, by MAC. */
  const hostnames = new Map<string, string | null>()
  const renames = new Map<string, number>()

  return {
    /** Lists the uids of all desired dashboards, for a full reconciliation. */
    uids(): string[] {
      renames.clear()
      return [OVERVIEW_UID, ...db.imprinted.list().map(({ mac }) => uidOf(mac))]
    },

    /** The desired dashboard of a uid; undefined if there should be none. */
    get(uid: string): DesiredDashboard | undefined {
      if (uid === OVERVIEW_UID) return renderer.overview()
      const mac = macOf(uid)
      if (mac === null || !db.imprinted.has(mac)) return undefined
      const hostname = deviceHub.get(mac)?.reading?.identity.hostname ?? null
      hostnames.set(mac, hostname)
      return renderer.device(mac, hostname)
    },

    /** Whether the host name of a device differs from its dashboard's title, so that the title has to follow now. */
    isRenamed(mac: string, hostname: string | null): boolean {
      if (hostnames.get(mac) === hostname) return false
      hostnames.set(mac, hostname)
      const times = (renames.get(mac) ?? 0) + 1
      renames.set(mac, times)
      return times <= MAX_RENAMES
    },

    forget(mac: string): void {
      hostnames.delete(mac)
      renames.delete(mac)
    }
  }
}
