import { fingerprintOf, versionOf, type DashboardModel, type Wanted } from './render.ts'

/**
 * Says what a dashboard that is there has to become; null when it is right. One that this template and these values made
 * keeps what its users changed, and so does one of a newer template, which another Pluto made: at most its title is set.
 */
export function judge(wanted: Wanted, stored: DashboardModel | null): DashboardModel | null {
  if (!stored) return wanted.render()
  const isNewer = versionOf(stored.tags) > wanted.version
  if (!isNewer && fingerprintOf(stored.tags) !== wanted.fingerprint) return wanted.render()
  return stored.title === wanted.title ? null : { ...stored, title: wanted.title }
}
