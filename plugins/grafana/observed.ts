import type { Dashboard, PublicDashboard } from '../../schemas/dashboard.ts'
import type { DesiredDashboard } from './dashboard.ts'

type Progress = 'current' | 'pending' | 'failed'

interface ObservedDashboard {
  title: string
  progress: Progress
  page: PublicDashboard | null
}

/** The state of the dashboards as it was last observed, by uid. Reading it sends no request to Grafana. */
export function createObservedState(publicPath: string) {
  const dashboards = new Map<string, ObservedDashboard>()

  const publicUrlOf = ({ accessToken }: PublicDashboard) =>
    `${publicPath}/public-dashboards/${encodeURIComponent(accessToken)}?orgId=1`

  return {
    /** An update of a dashboard begins. Its public page is kept; one that failed counts as failed until it succeeds. */
    begin({ uid, title }: DesiredDashboard): void {
      const { page = null, progress } = dashboards.get(uid) ?? {}
      dashboards.set(uid, { title, progress: progress === 'failed' ? 'failed' : 'pending', page })
    },

    succeed({ uid, title }: DesiredDashboard, page: PublicDashboard | null): void {
      dashboards.set(uid, { title, progress: 'current', page })
    },

    fail(uid: string): void {
      const dashboard = dashboards.get(uid)
      if (dashboard) dashboard.progress = 'failed'
    },

    forget: (uid: string): void => void dashboards.delete(uid),

    count(): Record<Progress, number> {
      const counts = { current: 0, pending: 0, failed: 0 }
      for (const { progress } of dashboards.values()) counts[progress]++
      return counts
    },

    /** Lists the published dashboards by title. */
    list(): Dashboard[] {
      const published = [...dashboards].flatMap(([uid, { title, page }]) =>
        page ? [{ name: title, uid, grafanaData: page, publicUrl: publicUrlOf(page) }] : []
      )
      return published.sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    /** The address of a public page; undefined unless the page is open. */
    publicUrl(uid: string): string | undefined {
      const page = dashboards.get(uid)?.page
      return page?.isEnabled ? publicUrlOf(page) : undefined
    }
  }
}
export type ObservedState = ReturnType<typeof createObservedState>
