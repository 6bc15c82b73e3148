import { clientEvents, serverEvents, streams } from '../../schemas/events.ts'

/** Which token a client shows. */
export const TOKENS = ['none', 'wrong', 'read', 'full'] as const
export type Token = (typeof TOKENS)[number]

/** Where a client is: no browser or a page of the service itself, a page of somebody else, a name that is not the service's. */
export const PLACES = ['own', 'page', 'name'] as const
export type Place = (typeof PLACES)[number]

/** `yes` is whatever the route answers itself; the others are refusals before that. */
export type Verdict = 'yes' | '401' | '403 read' | '403 page' | '403 name'

export interface Row {
  kind: 'read' | 'change' | 'stream' | 'sent' | 'heard'
  /** Method of a route, or what carries the stream or the event. */
  method: string
  /** Path of a route, or name of an event. */
  name: string
}

const OPEN = new Set(['/healthz', '/metrics', '/documentation'])
const METHODS = ['get', 'put', 'post', 'patch', 'delete']

/** Every route of an OpenAPI document, every WebSocket stream and every event of Socket.IO. */
export function accessRows(paths: Record<string, object | undefined>): Row[] {
  const routes = [...Object.entries(paths), ['/documentation', { get: {} }] as const].flatMap(([name, item]) =>
    METHODS.filter((method) => method in (item ?? {})).map((method): Row => ({
      kind: method === 'get' ? 'read' : 'change',
      method: method.toUpperCase(),
      name
    }))
  )
  const upgrades = Object.values(streams).map(({ address }): Row => ({
    kind: 'stream',
    method: 'WebSocket',
    name: address
  }))
  const sent = Object.keys(clientEvents).map((name): Row => ({ kind: 'sent', method: 'Socket.IO, sent', name }))
  const heard = Object.keys(serverEvents).map((name): Row => ({ kind: 'heard', method: 'Socket.IO, heard', name }))
  return [...routes.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))), ...upgrades, ...sent, ...heard]
}

/** The rules of access, in the order in which they hold. */
export function verdictOf({ kind, name }: Row, token: Token, place: Place): Verdict {
  if (place === 'name') return '403 name'
  if (place === 'page' && kind !== 'read') return '403 page'
  if (OPEN.has(name)) return 'yes'
  if (token === 'none' || token === 'wrong') return '401'
  return kind === 'change' && token === 'read' ? '403 read' : 'yes'
}

/** The page `docs/ACCESS.md`. */
export function describeAccess(rows: Row[]): string {
  const columns = PLACES.flatMap((place) => TOKENS.map((token) => ({ place, token })))
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const head = ['What', ...columns.map(({ place, token }) => `${place}, ${token}`)]
  const table = rows.map((row) => [
    `\`${row.method} ${row.name}\``,
    ...columns.map(({ place, token }) => verdictOf(row, token, place))
  ])
  return `${INTRODUCTION}\n${[head, head.map(() => '---'), ...table].map(line).join('\n')}\n`
}

const INTRODUCTION = `# Access

Who may do what, as the service does it: \`test/access.test.ts\` asks every cell of it, and \`npm run access\` writes this page.
The settings are \`API_TOKEN\` and \`READ_TOKEN\` set, and everything else as it is by default. Without either token,
everybody is as \`full\` is here. What the rules are for stands in [SECURITY.md](SECURITY.md).

| Column  | Means                                                                                              |
| ------- | -------------------------------------------------------------------------------------------------- |
| \`own\`   | No browser, or a page of the service itself or of \`CORS_ORIGINS\`                                   |
| \`page\`  | A browser shows a page of somebody else                                                            |
| \`name\`  | The service is called by a name that is not in \`ALLOWED_HOSTS\`, as after DNS rebinding             |
| \`none\`, \`wrong\`, \`read\`, \`full\` | The token: none, one that is not known, one of \`READ_TOKEN\`, one of \`API_TOKEN\` |

| Cell       | Means                                                                                           |
| ---------- | ----------------------------------------------------------------------------------------------- |
| yes        | Let in: the answer is that of the route. A browser keeps it from a foreign page                 |
| 401        | \`PLUTO_UNAUTHORIZED\`; Socket.IO's clients are told so when they connect                         |
| 403 read   | \`PLUTO_READ_ONLY_TOKEN\`                                                                         |
| 403 page   | \`PLUTO_ORIGIN_NOT_ALLOWED\`; Socket.IO's handshake is refused with the same words                |
| 403 name   | \`PLUTO_HOST_NOT_ALLOWED\`; the same                                                              |

A client that is not let in to Socket.IO can send no event and hears none.
`
