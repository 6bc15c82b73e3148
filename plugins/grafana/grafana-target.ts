import { GrafanaRefusedError } from '../../src/errors/services.ts'
import type { PublicDashboard } from '../../schemas/dashboard.ts'
import type { Api, Stored } from './api.ts'
import { judge } from './diff.ts'
import type { Notes } from './persisted-state.ts'
import type { DashboardModel, Wanted } from './render.ts'
import type { Target } from './target.ts'

const ATTEMPTS = 3

/**
 * Keeps dashboards in a Grafana, in a folder of their own until a user moves them. Where `publishing` is on, a dashboard
 * gets a public page once: what its users close or take away afterwards stays so.
 */
export function createGrafanaTarget(api: Api, notes: Notes, publishing: boolean): Target {
  let folder: string | null = null

  /** @returns whether the dashboard was made anew */
  async function keep(wanted: Wanted): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stored = await api.readDashboard(wanted.uid)
      const next = judge(wanted, stored?.model ?? null)
      if (!next || (await api.save(versioned(next, stored), stored ? stored.folderUid : folder))) return stored === null
    }
    throw new GrafanaRefusedError(`save ${wanted.uid}`, 'somebody saves it all the time')
  }

  async function open(uid: string, isNew: boolean): Promise<PublicDashboard | null> {
    if (isNew) notes.setPublished(uid, false)
    const page = await api.readPublic(uid)
    if (notes.wasPublished(uid)) return page
    const opened = page?.isEnabled ? page : page ? await api.enable(uid, page.uid) : await api.publish(uid)
    notes.setPublished(uid, true)
    return opened
  }

  return {
    async prepare() {
      folder = await api.ensureFolder()
    },

    async ensure(wanted) {
      const isNew = await keep(wanted)
      return publishing ? open(wanted.uid, isNew) : null
    },

    async remove(uid) {
      const page = publishing ? await api.readPublic(uid) : null
      if (page) await api.unpublish(uid, page.uid)
      await api.remove(uid)
      notes.setPublished(uid, false)
    }
  }
}

/** A new dashboard has the version 0; what was read is saved under the version that was read. */
function versioned(model: DashboardModel, stored: Stored | null): DashboardModel {
  return { ...model, id: stored?.model.id ?? null, version: stored?.model.version ?? 0 }
}
