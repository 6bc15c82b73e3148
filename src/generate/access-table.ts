import { clientEvents, serverEvents, streams } from '../../schemas/events.ts'

/** The token that a client sends. */
export const TOKENS = ['none', 'wrong', 'read', 'full'] as const
export type Token = (typeof TOKENS)[number]

/** Where a request comes from: no browser or an allowed page (`own`), another origin's page, or a host name that is not allowed. */
export const PLACES = ['own', 'page', 'name'] as const
export type Place = (typeof PLACES)[number]

/** `yes` means that the route itself answers; the others are refusals before it. */
export type Verdict = 'yes' | '401' | '403 read' | '403 page' | '403 name'

export interface Row {
  kind: 'read' | 'change' | 'stream' | 'sent' | 'heard'
  /** HTTP method of a route, or the transport of a stream or event. */
  method: string
  /** Path of a route or stream, or name of an event. */
  name: string
}

const OPEN = new Set(['/healthz', '/metrics', '/documentation'])
const METHODS = ['get', 'put', 'post', 'patch', 'delete']

/** Lists every route of an OpenAPI document, every WebSocket stream and every Socket.IO event. */
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

/** Applies the access rules, in their order of precedence. */
export function verdictOf({ kind, name }: Row, token: Token, place: Place): Verdict {
  if (place === 'name') return '403 name'
  if (place === 'page' && kind !== 'read') return '403 page'
  if (OPEN.has(name)) return 'yes'
  if (token === 'none' || token === 'wrong') return '401'
  return kind === 'change' && token === 'read' ? '403 read' : 'yes'
}

/** Formats the page `docs/ACCESS.md`. */
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

Who may do what. \`npm run access\` writes this page, and \`test/access.test.ts\` verifies every cell against the service.
\`API_TOKEN\` and \`READ_TOKEN\` are set; all other settings have their defaults. If neither token is set, every client has the
access of \`full\`. [SECURITY.md](SECURITY.md) explains the rules.

| Column  | Means                                                                                              |
| ------- | -------------------------------------------------------------------------------------------------- |
| \`own\`   | No browser, or a page of the service itself or of \`CORS_ORIGINS\`                                   |
| \`page\`  | A browser on a page of another origin                                                              |
| \`name\`  | The request names a host that is not in \`ALLOWED_HOSTS\`, as after DNS rebinding                    |
| \`none\`, \`wrong\`, \`read\`, \`full\` | The token: none, an unknown one, one of \`READ_TOKEN\`, one of \`API_TOKEN\` |

| Cell       | Means                                                                                           |
| ---------- | ----------------------------------------------------------------------------------------------- |
| yes        | Allowed: the route answers. A browser hides the answer from a page of another origin            |
| 401        | \`PLUTO_UNAUTHORIZED\`; a Socket.IO client gets a connection error                                |
| 403 read   | \`PLUTO_READ_ONLY_TOKEN\`                                                                         |
| 403 page   | \`PLUTO_ORIGIN_NOT_ALLOWED\`; the Socket.IO handshake is refused with the same message            |
| 403 name   | \`PLUTO_HOST_NOT_ALLOWED\`; the same                                                              |

A client whose Socket.IO connection is refused can neither send nor receive events.
`
