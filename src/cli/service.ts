import { parseTokens } from '../token-list.ts'
import { UsageError } from './command.ts'

export const SERVICE_OPTIONS = { url: { type: 'string' }, token: { type: 'string' } } as const

export const SERVICE_HELP = `  --url URL      the backend            (default: PLUTO_URL, or http://localhost:3000)
  --token TOKEN  sent as bearer token   (default: the first of API_TOKEN)
  --help         this text

A certificate that nobody vouches for is named by NODE_EXTRA_CA_CERTS=file.`

/** A running backend, and what it takes to speak with it. */
export interface Service {
  url: URL
  headers: Record<string, string>
}

/** The backup could not be fetched or brought; the message says why. */
export class TransferError extends Error {
  readonly code = 'PLUTO_TRANSFER'
}

/** Finds out which backend is meant. @throws {UsageError} */
export function serviceOf(values: Record<string, unknown>, env = process.env): Service {
  const given = String(values['url'] ?? (env['PLUTO_URL'] || 'http://localhost:3000'))
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw new UsageError(`"${given}" is not a URL like http://localhost:3000`)
  const token = values['token'] ?? (env['API_TOKEN'] && parseTokens(env['API_TOKEN'])[0]?.token)
  const url = new URL(`${given.replace(/\/+$/, '')}/backup`)
  return { url, headers: token ? { authorization: `Bearer ${String(token)}` } : {} }
}

/** Asks the backend. @throws {TransferError} it cannot be reached, or says no */
export async function ask({ url, headers }: Service, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, { ...init, headers: { ...headers, ...init.headers } }).catch((error: Error) => {
    throw new TransferError(`${url.host} cannot be reached: ${reasonOf(error)}`)
  })
  if (answer.ok) return answer
  const { message = `status ${answer.status}` } = (await answer.json().catch(() => ({}))) as { message?: string }
  throw new TransferError(`${url.host}: ${message}`)
}

/** The reason behind "fetch failed". */
export function reasonOf(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? ('code' in cause && String(cause.code)) || cause.message : error.message
}
