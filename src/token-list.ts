import { splitList } from './network.ts'

export interface TokenEntry {
  /** Name of its user in the log; undefined if the token has no name. */
  readonly name: string | undefined
  readonly token: string
}

/** Text before a `=` is only a name if a whole token follows, because base64 ends with `=` too. */
const ENTRY = /^(?:([\w-]+)=)?([\x21-\x7e]{16,})$/

/**
 * Parses `API_TOKEN` or `READ_TOKEN`: comma-separated, each plain or `name=token`.
 * @throws {Error} the list is empty, or a token has fewer than 16 characters
 */
export function parseTokens(list: string): TokenEntry[] {
  const entries = splitList(list).map(parseEntry)
  if (entries.length === 0) throw new Error('the list contains no token')
  return entries
}

function parseEntry(text: string): TokenEntry {
  const [, name, token] = ENTRY.exec(text) ?? []
  if (token === undefined) throw new Error('a token has fewer than 16 characters')
  return { name, token }
}
