import { splitList } from './network.ts'

export interface TokenEntry {
  /** What its user is called in the log; undefined where it has no name. */
  readonly name: string | undefined
  readonly token: string
}

/** What stands before a `=` is a name only when a whole token follows: base64 ends with `=` as well. */
const ENTRY = /^(?:([\w-]+)=)?([\x21-\x7e]{16,})$/

/**
 * Parses `API_TOKEN` or `READ_TOKEN`: comma-separated, each plain or `name=token`.
 * @throws {Error} there is none, or one has less than 16 characters
 */
export function parseTokens(list: string): TokenEntry[] {
  const entries = splitList(list).map(parseEntry)
  if (entries.length === 0) throw new Error('there is no token in the list')
  return entries
}

function parseEntry(text: string): TokenEntry {
  const [, name, token] = ENTRY.exec(text) ?? []
  if (token === undefined) throw new Error('a token has less than 16 characters')
  return { name, token }
}
