const SEPARATED = /^([0-9a-f]{2})([:-])(?:[0-9a-f]{2}\2){4}[0-9a-f]{2}$/i

/**
 * Normalizes a MAC address, in any case and separated by `:` or `-`, to the form of the store and the API: lower case with `:`.
 * @returns null if the value is not the address of a device (`00:…:00` and the broadcast address are not)
 */
export function normalizeMac(value: unknown): string | null {
  if (typeof value !== 'string' || !SEPARATED.test(value)) return null
  const mac = value.toLowerCase().replaceAll('-', ':')
  return mac === '00:00:00:00:00:00' || mac === 'ff:ff:ff:ff:ff:ff' ? null : mac
}

/** `normalizeMac` for a string that a schema has already validated as a MAC. */
export function canonicalMac(value: string): string {
  return normalizeMac(value) ?? value
}

const MACS_IN_MESSAGE = 10

/** Formats MACs for a message: the first ten, and how many more there are. */
export function formatMacs(macs: string[]): string {
  const more = macs.length - MACS_IN_MESSAGE
  return macs.slice(0, MACS_IN_MESSAGE).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
