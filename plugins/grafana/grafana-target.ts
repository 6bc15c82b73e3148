import { GrafanaRefusedError } from '../../src/errors/services.ts'
import type { PublicDashboard } from '../../schemas/dashboard.ts'
import type { Api, StoredDashboard } from './api.ts'
import { diffDashboard, type DashboardModel, type DesiredDashboard } from './dashboard.ts'
import type { PersistedState } from './persisted-state.ts'
import type { Target } from './round.ts'

const ATTEMPTS = 3

/**
 * Creates a target that keeps dashboards in a Grafana, in their own folder until a user moves them. With `publishing`, each
 * dashboard gets a public page once. A page that a user then closes or deletes stays so.
 */
export function createGrafanaTarget(api: Api, persisted: PersistedState, publishing: boolean): Target {
  let folder: string | null = null

  /** @returns whether the dashboard was created */
  async function save(desired: DesiredDashboard): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stored = await api.readDashboard(desired.uid)
      const next = diffDashboard(desired, stored?.model ?? null)
      if (!next || (await api.save(versioned(next, stored), stored ? stored.folderUid : folder))) return stored === null
    }
    throw new GrafanaRefusedError(`save ${desired.uid}`, 'somebody else keeps saving it')
  }

  async function publish(uid: string, isNew: boolean): Promise<PublicDashboard | null> {
    if (isNew) persisted.setPublished(uid, false)
    const page = await api.readPublic(uid)
    if (persisted.wasPublished(uid)) return page
    const opened = page?.isEnabled ? page : page ? await api.enable(uid, page.uid) : await api.publish(uid)
    persisted.setPublished(uid, true)
    return opened
  }

  return {
    async prepare() {
      folder = await api.ensureFolder()
    },

    async apply(desired) {
      const isNew = await save(desired)
      return publishing ? publish(desired.uid, isNew) : null
    },

    async remove(uid) {
      const page = publishing ? await api.readPublic(uid) : null
      if (page) await api.unpublish(uid, page.uid)
      await api.remove(uid)
      persisted.setPublished(uid, false)
    }
  }
}

/** Sets the id and version that Grafana checks before it saves: those that were read, or version 0 for a new dashboard. */
function versioned(model: DashboardModel, stored: StoredDashboard | null): DashboardModel {
  return { ...model, id: stored?.model.id ?? null, version: stored?.model.version ?? 0 }
}
