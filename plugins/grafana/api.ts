import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { GrafanaFailedError, GrafanaRefusedError } from '../../src/errors/services.ts'
import { PublicDashboardSchema, type PublicDashboard } from '../../schemas/dashboard.ts'
import type { Answer, Send } from './client.ts'
import type { DashboardModel } from './render.ts'

const StoredSchema = Type.Object({
  dashboard: Type.Object({ title: Type.String(), version: Type.Optional(Type.Integer()) }),
  meta: Type.Optional(Type.Object({ folderUid: Type.Optional(Type.String()) }))
})
const FoldersSchema = Type.Array(Type.Object({ uid: Type.String(), title: Type.String() }))

export const FOLDER = { uid: 'pluto', title: 'Pluto' }

/** A dashboard that Grafana has, and the folder that it, or one of its users, put it into. */
export interface Stored {
  model: DashboardModel
  folderUid: string | undefined
}

/** Grafana's HTTP API, as far as it is needed here. Each call throws a named error when Grafana does not do it. */
export function createApi(send: Send) {
  const dashboardPath = (uid: string) => `dashboards/uid/${encodeURIComponent(uid)}`
  const publicPath = (uid: string) => `${dashboardPath(uid)}/public-dashboards`

  async function readPublic(uid: string): Promise<PublicDashboard | null> {
    const answer = await send('GET', publicPath(uid))
    return answer.status === 404 ? null : readAs(PublicDashboardSchema, answer, 'show what is public')
  }

  return {
    readPublic,

    /**
     * Makes the folder unless it is there.
     * @returns its uid, or null when the token may not make folders: then dashboards go to the top level
     */
    async ensureFolder(): Promise<string | null> {
      const known = await send('GET', `folders/${FOLDER.uid}`)
      if (known.status !== 404) return succeed(known, 'show the folder', FOLDER.uid)
      const made = await send('POST', 'folders', FOLDER)
      if (made.status === 409 || made.status === 412) return findFolder()
      if (made.status === 403 || made.status === 404) return null
      return succeed(made, 'make the folder', FOLDER.uid)
    },

    async readDashboard(uid: string): Promise<Stored | null> {
      const answer = await send('GET', dashboardPath(uid))
      if (answer.status === 404) return null
      const { dashboard, meta } = readAs(StoredSchema, answer, 'show a dashboard')
      const tags = 'tags' in dashboard && Array.isArray(dashboard.tags) ? dashboard.tags.map(String) : []
      return { model: { ...dashboard, uid, tags }, folderUid: meta?.folderUid }
    },

    /**
     * Saves a dashboard, unless somebody saved it after it was read: nothing is ever overwritten, because Grafana before
     * 11 takes "overwrite" as leave to replace another dashboard that has the same title.
     * @returns false when somebody did
     */
    async save(dashboard: DashboardModel, folderUid: string | null | undefined): Promise<boolean> {
      const answer = await send('POST', 'dashboards/db', {
        dashboard,
        overwrite: false,
        message: 'Kept up to date by Pluto',
        ...(folderUid ? { folderUid } : {})
      })
      if (answer.status === 412 && saysOf(answer.body, 'status') === 'version-mismatch') return false
      return succeed(answer, `save ${dashboard.uid}`, true)
    },

    /** Deletes a dashboard with its public page. One that is gone is fine. */
    async remove(uid: string): Promise<void> {
      const answer = await send('DELETE', dashboardPath(uid))
      if (answer.status !== 404) succeed(answer, `delete ${uid}`)
    },

    /** Publishes a dashboard for everybody who has its address. */
    async publish(uid: string): Promise<PublicDashboard> {
      const wish = { isEnabled: true, timeSelectionEnabled: true, annotationsEnabled: false, share: 'public' }
      const answer = await send('POST', publicPath(uid), wish)
      const existing = answer.status === 400 ? await readPublic(uid) : null
      return existing ?? readAs(PublicDashboardSchema, answer, `publish ${uid}`)
    },

    /** Opens a public page that was there but closed. */
    async enable(uid: string, publicUid: string): Promise<PublicDashboard> {
      const answer = await send('PATCH', `${publicPath(uid)}/${encodeURIComponent(publicUid)}`, { isEnabled: true })
      return readAs(PublicDashboardSchema, answer, `publish ${uid}`)
    },

    /** Takes a public page away. One that is gone is fine. */
    async unpublish(uid: string, publicUid: string): Promise<void> {
      const answer = await send('DELETE', `${publicPath(uid)}/${encodeURIComponent(publicUid)}`)
      if (answer.status !== 404) succeed(answer, `unpublish ${uid}`)
    }
  }

  /** Somebody has made a folder of this name under another uid. */
  async function findFolder(): Promise<string> {
    const folders = readAs(FoldersSchema, await send('GET', 'folders'), 'list its folders')
    const found = folders.find(({ title, uid }) => title === FOLDER.title || uid === FOLDER.uid)
    if (!found)
      throw new GrafanaFailedError('make the folder', `one called ${FOLDER.title} is in the way and not to be seen`)
    return found.uid
  }
}
export type Api = ReturnType<typeof createApi>

/** @throws {GrafanaRefusedError} for what this one request got wrong @throws {GrafanaFailedError} for what hits every request */
function succeed<T = void>({ status, body }: Answer, what: string, result?: T): T {
  if (status >= 200 && status < 300) return result as T
  const reason = `status ${status}${describe(body)}`
  const hitsAll = status < 400 || status >= 500 || [401, 403, 407, 408, 429].includes(status)
  throw hitsAll ? new GrafanaFailedError(what, reason) : new GrafanaRefusedError(what, reason)
}

function readAs<T extends TSchema>(schema: T, answer: Answer, what: string): Static<T> {
  succeed(answer, what)
  if (Value.Check(schema, answer.body)) return answer.body
  throw new GrafanaFailedError(what, 'what answers is not Grafana')
}

function describe(body: unknown): string {
  const message = saysOf(body, 'message')
  return typeof message === 'string' && message !== '' ? `: ${message.slice(0, 200)}` : ''
}

const saysOf = (body: unknown, field: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined
