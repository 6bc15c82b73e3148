import type { Dashboard, PublicDashboard } from '../../schemas/dashboard.ts'
import type { Wanted } from './render.ts'

type State = 'current' | 'pending' | 'failed'

interface Entry {
  title: string
  state: State
  page: PublicDashboard | null
}

/** What is known of the dashboards that there are to be, by uid. It answers every question without asking Grafana. */
export function createState(publicPath: string) {
  const entries = new Map<string, Entry>()

  const publicUrlOf = ({ accessToken }: PublicDashboard) =>
    `${publicPath}/public-dashboards/${encodeURIComponent(accessToken)}?orgId=1`

  return {
    /** A dashboard is to be brought up to date. What is known of its public page stays; what failed counts so until it succeeds. */
    expect({ uid, title }: Wanted): void {
      const { page = null, state } = entries.get(uid) ?? {}
      entries.set(uid, { title, state: state === 'failed' ? 'failed' : 'pending', page })
    },

    succeeded({ uid, title }: Wanted, page: PublicDashboard | null): void {
      entries.set(uid, { title, state: 'current', page })
    },

    failed(uid: string): void {
      const entry = entries.get(uid)
      if (entry) entry.state = 'failed'
    },

    forget: (uid: string): void => void entries.delete(uid),

    count(): Record<State, number> {
      const counts = { current: 0, pending: 0, failed: 0 }
      for (const { state } of entries.values()) counts[state]++
      return counts
    },

    /** The published dashboards, in the order of their titles. */
    list(): Dashboard[] {
      const published = [...entries].flatMap(([uid, { title, page }]) =>
        page ? [{ name: title, uid, grafanaData: page, publicUrl: publicUrlOf(page) }] : []
      )
      return published.sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    /** The address of an open public page. */
    publicUrl(uid: string): string | undefined {
      const page = entries.get(uid)?.page
      return page?.isEnabled ? publicUrlOf(page) : undefined
    }
  }
}
export type DashboardState = ReturnType<typeof createState>
