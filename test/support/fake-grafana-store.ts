import { randomUUID } from 'node:crypto'

export interface Reply {
  status: number
  body: unknown
}

export interface FakeDashboard {
  model: Record<string, unknown> & { uid: string; title: string; tags: string[]; version: number; id: number }
  folderUid: string
}

export type FakePage = { uid: string; dashboardUid: string; accessToken: string; isEnabled: boolean } & Record<
  string,
  unknown
>

type Fields = Record<string, unknown>

export const answer = (status: number, message: string, more: Fields = {}): Reply => ({
  status,
  body: { message, ...more }
})
const ok = (body: unknown): Reply => ({ status: 200, body })
const UID = /^[a-zA-Z0-9_-]{1,40}$/
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** The data of a Grafana, and its responses. Modelled on pkg/api and pkg/services of grafana/grafana. */
export function createGrafanaStore() {
  const folders = new Map<string, { uid: string; title: string }>()
  const dashboards = new Map<string, FakeDashboard>()
  const pages = new Map<string, FakePage>()
  let ids = 0

  function handle(method: string, path: string, body: unknown): Reply {
    const [area = '', kind, uid = '', sub, pageUid = ''] = path.split('/').map(decodeURIComponent)
    if (area === 'folders') return method === 'POST' ? makeFolder(body) : showFolder(kind)
    if (area !== 'dashboards') return answer(404, 'Not found')
    if (kind === 'db' && method === 'POST') return save(body)
    if (kind !== 'uid') return answer(404, 'Not found')
    if (sub === undefined) return method === 'DELETE' ? remove(uid) : show(uid)
    return sub === 'public-dashboards' ? handlePage(method, uid, pageUid, body) : answer(404, 'Not found')
  }

  function showFolder(uid: string | undefined): Reply {
    if (uid === undefined) return ok([...folders.values()])
    const folder = folders.get(uid)
    return folder ? ok({ ...folder, version: 1 }) : answer(404, 'folder not found', { status: 'not-found' })
  }

  function makeFolder(body: unknown): Reply {
    if (!isFields(body)) return answer(400, 'bad request data')
    const title = String(body.title ?? '').trim()
    const uid = String(body.uid ?? randomUUID())
    if (title === '') return answer(400, 'folder title cannot be empty')
    if (!UID.test(uid)) return answer(400, 'uid contains illegal characters')
    if (folders.has(uid)) return answer(412, 'a folder/dashboard with the same uid already exists')
    if ([...folders.values()].some((folder) => folder.title === title))
      return answer(409, 'a folder or dashboard in the general folder with the same name already exists')
    folders.set(uid, { uid, title })
    return ok({ uid, title, version: 1 })
  }

  function show(uid: string): Reply {
    const found = dashboards.get(uid)
    if (!found) return answer(404, 'Dashboard not found')
    const { model, folderUid } = found
    return ok({ dashboard: model, meta: { type: 'db', folderUid, version: model.version, provisioned: false } })
  }

  function save(body: unknown): Reply {
    if (!isFields(body) || !isFields(body.dashboard)) return answer(400, 'bad request data')
    const { dashboard, overwrite = false, folderUid = '' } = body
    const title = String(dashboard.title ?? '').trim()
    if (title === '') return answer(400, 'Dashboard title cannot be empty', { status: 'empty-name' })
    if (title.length > 5000) return answer(400, 'Dashboard title cannot contain more than 5 000 characters')
    if (folderUid !== '' && !folders.has(String(folderUid))) return answer(404, 'Folder not found')
    let uid = String(dashboard.uid ?? randomUUID())
    if (uid.length > 40) return answer(400, 'uid too long, max 40 characters')
    if (!UID.test(uid)) return answer(400, 'uid contains illegal characters')
    const existing = dashboards.get(uid)
    if (existing && !overwrite && existing.model.version !== (dashboard.version ?? 0))
      return answer(412, 'The dashboard has been changed by someone else', { status: 'version-mismatch' })
    const twin = [...dashboards.values()].find(
      (other) => other.model.uid !== uid && other.model.title === title && other.folderUid === folderUid
    )
    if (twin && !overwrite)
      return answer(412, 'A dashboard with the same name in the folder already exists', { status: 'name-exists' })
    // Grafana before 11 replaces the other dashboard.
    if (twin) uid = twin.model.uid
    const before = dashboards.get(uid)
    const version = (before?.model.version ?? 0) + 1
    const id = before?.model.id ?? ++ids
    const tags = Array.isArray(dashboard.tags) ? dashboard.tags.map(String) : []
    dashboards.set(uid, { model: { ...dashboard, id, uid, title, tags, version }, folderUid: String(folderUid) })
    return ok({ id, uid, version, status: 'success', slug: 'a-slug', url: `/grafana/d/${uid}/a-slug`, folderUid })
  }

  function remove(uid: string): Reply {
    const found = dashboards.get(uid)
    if (!found) return answer(404, 'Dashboard not found')
    dashboards.delete(uid)
    pages.delete(uid)
    return ok({ title: found.model.title, message: `Dashboard ${found.model.title} deleted`, uid })
  }

  function handlePage(method: string, uid: string, pageUid: string, body: unknown): Reply {
    const page = pages.get(uid)
    const missing = answer(404, 'Public dashboard not found', { messageId: 'publicdashboards.notFound' })
    if (method === 'GET') return page ? ok(page) : missing
    if (method === 'POST') return publish(uid, body)
    if (!page || page.uid !== pageUid) return missing
    if (method === 'DELETE') return (pages.delete(uid), ok(null))
    if (!isFields(body)) return answer(400, 'bad request data')
    const changed = { ...page, ...body, updatedAt: new Date().toISOString() }
    pages.set(uid, changed)
    return ok(changed)
  }

  function publish(uid: string, body: unknown): Reply {
    if (!dashboards.has(uid))
      return answer(404, 'Dashboard not found', { messageId: 'publicdashboards.dashboardNotFound' })
    if (pages.has(uid))
      return answer(400, 'Dashboard is already public', { messageId: 'publicdashboards.dashboardIsPublic' })
    if (!isFields(body)) return answer(400, 'bad request data')
    if (!['public', 'email', undefined].includes(body.share as string)) return answer(400, 'Invalid share type')
    const now = new Date().toISOString()
    const page: FakePage = {
      ...{ uid: randomUUID(), dashboardUid: uid, accessToken: randomUUID().replaceAll('-', '') },
      ...{ isEnabled: body.isEnabled === true, timeSelectionEnabled: body.timeSelectionEnabled === true },
      ...{ annotationsEnabled: body.annotationsEnabled === true, share: body.share ?? 'public' },
      ...{ timeSettings: null, createdBy: 1, updatedBy: 1, createdAt: now, updatedAt: now }
    }
    pages.set(uid, page)
    return ok(page)
  }

  return { handle, folders, dashboards, pages }
}
