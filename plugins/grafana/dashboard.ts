/** A dashboard as Grafana stores it. All other fields belong to Grafana and its users. */
export interface DashboardModel extends Record<string, unknown> {
  uid: string
  title: string
  tags: string[]
}

/** A dashboard as it should be. */
export interface DesiredDashboard {
  uid: string
  title: string
  /** Identifies the template and the values that the dashboard is rendered from. */
  fingerprint: string
  /** Version of the template. */
  version: number
  render(): DashboardModel
}

const VERSION_TAG = /^pluto-template-(\d{1,9})$/
const FINGERPRINT_TAG = 'pluto-made-'

/**
 * Compares a stored dashboard with the desired one. Users' changes are kept while the template and its values stay the
 * same, and so is a dashboard of a newer template, which another Pluto created: only its title is corrected.
 * @returns the model to save; null if nothing has to change
 */
export function diffDashboard(desired: DesiredDashboard, stored: DashboardModel | null): DashboardModel | null {
  if (!stored) return desired.render()
  const isNewer = templateVersionOf(stored.tags) > desired.version
  if (!isNewer && fingerprintOf(stored.tags) !== desired.fingerprint) return desired.render()
  return stored.title === desired.title ? null : { ...stored, title: desired.title }
}

/** The version of the template that a dashboard was rendered from; 0 if its tags have none. */
export function templateVersionOf(tags: string[]): number {
  const [version] = tags.flatMap((tag) => VERSION_TAG.exec(tag)?.[1] ?? [])
  return Number(version ?? 0)
}

/** The tag that keeps the fingerprint of a dashboard in Grafana. */
export const fingerprintTag = (fingerprint: string): string => FINGERPRINT_TAG + fingerprint

function fingerprintOf(tags: string[]): string | undefined {
  return tags.find((tag) => tag.startsWith(FINGERPRINT_TAG))?.slice(FINGERPRINT_TAG.length)
}
