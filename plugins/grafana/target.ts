import type { PublicDashboard } from '../../schemas/dashboard.ts'
import type { Wanted } from './render.ts'

/** Where dashboards are kept. Each call may be repeated, and does nothing where nothing is to be done. */
export interface Target {
  /** What has to be there before dashboards can be. */
  prepare(): Promise<void>
  /** Makes a dashboard as it is wanted. @returns its public page, if it has one */
  ensure(wanted: Wanted): Promise<PublicDashboard | null>
  remove(uid: string): Promise<void>
}
