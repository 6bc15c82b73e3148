import { parseTokens } from '../token-list.ts'
import { UsageError } from './command.ts'

/** The options of every command that talks to a running backend, for `parseArgs`. */
export const CONNECTION_OPTIONS = { url: { type: 'string' }, token: { type: 'string' } } as const

export const CONNECTION_HELP = `  --url URL      the backend            (default: PLUTO_URL, or http://localhost:3000)
  --token TOKEN  sent as bearer token   (default: the first of API_TOKEN)`

/** Where a running backend is, and the headers that authorize requests to it. */
export interface Connection {
  /** Without a trailing slash in its path, unless the path is `/`. */
  url: URL
  headers: Record<string, string>
}

interface ConnectionValues {
  url?: string | undefined
  token?: string | undefined
}

/** Reads the connection from options and environment. @throws {UsageError} */
export function readConnection({ url, token }: ConnectionValues, env = process.env): Connection {
  const given = url ?? (env['PLUTO_URL'] || 'http://localhost:3000')
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw new UsageError(`"${given}" is not a URL like http://localhost:3000`)
  const bearer = token ?? (env['API_TOKEN'] && firstTokenOf(env['API_TOKEN']))
  return { url: new URL(given.replace(/\/+$/, '')), headers: bearer ? { authorization: `Bearer ${bearer}` } : {} }
}

function firstTokenOf(list: string): string | undefined {
  try {
    return parseTokens(list)[0]?.token
  } catch (error) {
    throw new UsageError(`API_TOKEN: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Returns the URL of a path of the backend, which may be served below a path of a proxy. */
export function endpointOf({ url }: Connection, path: string): URL {
  return new URL(`${url.pathname.replace(/\/$/, '')}${path}`, url)
}
