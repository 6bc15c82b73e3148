const MOST = 10

/** Names the first few of a list, and how many more there are, for a message. */
export function listSome(names: string[]): string {
  const more = names.length - MOST
  return names.slice(0, MOST).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
