import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { GrafanaFailedError, GrafanaRefusedError } from '../../src/errors/services.ts'
import type { JsonResponse } from '../../src/json-client.ts'
import { PublicDashboardSchema, type PublicDashboard } from '../../schemas/dashboard.ts'
import type { Send } from './client.ts'
import type { DashboardModel } from './dashboard.ts'

const StoredSchema = Type.Object({
  dashboard: Type.Object({ title: Type.String(), version: Type.Optional(Type.Integer()) }),
  meta: Type.Optional(Type.Object({ folderUid: Type.Optional(Type.String()) }))
})
const FoldersSchema = Type.Array(Type.Object({ uid: Type.String(), title: Type.String() }))

const FOLDER = { uid: 'pluto', title: 'Pluto' }

/** A dashboard as Grafana stores it, and the folder that it is in. */
export interface StoredDashboard {
  model: DashboardModel
  folderUid: string | undefined
}

/**
 * The part of Grafana's HTTP API that Pluto uses.
 * @throws {GrafanaRefusedError | GrafanaFailedError | GrafanaTimeoutError | GrafanaUnreachableError} every call
 */
export function createApi(send: Send) {
  const dashboardPath = (uid: string) => `dashboards/uid/${encodeURIComponent(uid)}`
  const publicPath = (uid: string) => `${dashboardPath(uid)}/public-dashboards`

  async function readPublic(uid: string): Promise<PublicDashboard | null> {
    const answer = await send('GET', publicPath(uid))
    return answer.status === 404 ? null : readAs(PublicDashboardSchema, answer, 'show the public page')
  }

  return {
    readPublic,

    /**
     * Creates the folder unless it exists.
     * @returns its uid; null if the token may not create folders, in which case dashboards go to the top level
     */
    async ensureFolder(): Promise<string | null> {
      const known = await send('GET', `folders/${FOLDER.uid}`)
      if (known.status !== 404) return succeed(known, 'show the folder', FOLDER.uid)
      const created = await send('POST', 'folders', FOLDER)
      if (created.status === 409 || created.status === 412) return findFolder()
      if (created.status === 403 || created.status === 404) return null
      return succeed(created, 'create the folder', FOLDER.uid)
    },

    async readDashboard(uid: string): Promise<StoredDashboard | null> {
      const answer = await send('GET', dashboardPath(uid))
      if (answer.status === 404) return null
      const { dashboard, meta } = readAs(StoredSchema, answer, 'show a dashboard')
      const tags = 'tags' in dashboard && Array.isArray(dashboard.tags) ? dashboard.tags.map(String) : []
      return { model: { ...dashboard, uid, tags }, folderUid: meta?.folderUid }
    },

    /**
     * Saves a dashboard unless somebody has saved it since it was read. It never sets "overwrite", which lets Grafana
     * before 11 replace another dashboard of the same title.
     * @returns false if somebody has
     */
    async save(dashboard: DashboardModel, folderUid: string | null | undefined): Promise<boolean> {
      const answer = await send('POST', 'dashboards/db', {
        dashboard,
        overwrite: false,
        message: 'Kept up to date by Pluto',
        ...(folderUid ? { folderUid } : {})
      })
      if (answer.status === 412 && fieldOf(answer.body, 'status') === 'version-mismatch') return false
      return succeed(answer, `save ${dashboard.uid}`, true)
    },

    /** Deletes a dashboard and its public page. A dashboard that does not exist is no error. */
    async remove(uid: string): Promise<void> {
      const answer = await send('DELETE', dashboardPath(uid))
      if (answer.status !== 404) succeed(answer, `delete ${uid}`)
    },

    /** Publishes a dashboard for everyone who has its address. */
    async publish(uid: string): Promise<PublicDashboard> {
      const page = { isEnabled: true, timeSelectionEnabled: true, annotationsEnabled: false, share: 'public' }
      const answer = await send('POST', publicPath(uid), page)
      const existing = answer.status === 400 ? await readPublic(uid) : null
      return existing ?? readAs(PublicDashboardSchema, answer, `publish ${uid}`)
    },

    /** Opens a public page that exists but is closed. */
    async enable(uid: string, publicUid: string): Promise<PublicDashboard> {
      const answer = await send('PATCH', `${publicPath(uid)}/${encodeURIComponent(publicUid)}`, { isEnabled: true })
      return readAs(PublicDashboardSchema, answer, `publish ${uid}`)
    },

    /** Deletes a public page. A page that does not exist is no error. */
    async unpublish(uid: string, publicUid: string): Promise<void> {
      const answer = await send('DELETE', `${publicPath(uid)}/${encodeURIComponent(publicUid)}`)
      if (answer.status !== 404) succeed(answer, `unpublish ${uid}`)
    }
  }

  /** Finds a folder of this name that a user created under another uid. */
  async function findFolder(): Promise<string> {
    const folders = readAs(FoldersSchema, await send('GET', 'folders'), 'list its folders')
    const found = folders.find(({ title, uid }) => title === FOLDER.title || uid === FOLDER.uid)
    if (!found)
      throw new GrafanaFailedError(
        'create the folder',
        `another one called ${FOLDER.title} is not visible to this user`
      )
    return found.uid
  }
}
export type Api = ReturnType<typeof createApi>

/**
 * @throws {GrafanaRefusedError} only this request is affected
 * @throws {GrafanaFailedError} every request is affected
 */
function succeed<T = void>({ status, body }: JsonResponse, what: string, result?: T): T {
  if (status >= 200 && status < 300) return result as T
  const reason = `status ${status}${describe(body)}`
  const affectsAll = status < 400 || status >= 500 || [401, 403, 407, 408, 429].includes(status)
  throw affectsAll ? new GrafanaFailedError(what, reason) : new GrafanaRefusedError(what, reason)
}

function readAs<T extends TSchema>(schema: T, answer: JsonResponse, what: string): Static<T> {
  succeed(answer, what)
  if (Value.Check(schema, answer.body)) return answer.body
  throw new GrafanaFailedError(what, 'the response is not from Grafana')
}

function describe(body: unknown): string {
  const message = fieldOf(body, 'message')
  return typeof message === 'string' && message !== '' ? `: ${message.slice(0, 200)}` : ''
}

const fieldOf = (body: unknown, field: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined
