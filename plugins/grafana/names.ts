export const OVERVIEW_UID = 'pluto-overview'
export const OVERVIEW_TITLE = 'Pluto overview'

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/
const LONGEST_NAME = 80
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/**
 * The uid of a device's dashboard, which is also the name of its file: made of nothing but a canonical MAC, so that it
 * stays through every rename, and no device can choose it. Grafana takes 40 letters, digits, `-` and `_`.
 * @throws {TypeError} for anything that is no canonical MAC
 */
export function uidOf(mac: string): string {
  if (!MAC.test(mac)) throw new TypeError(`"${mac}" is not a canonical MAC`)
  return `pluto-${mac.replaceAll(':', '')}`
}

/** The MAC that a uid is made of; null for the overview and anything foreign. */
export function macOf(uid: string): string | null {
  const digits = /^pluto-([0-9a-f]{12})$/.exec(uid)?.[1]
  return digits?.match(/../g)?.join(':') ?? null
}

/**
 * The title of a device's dashboard. The MAC is always in it: host names repeat (the factory calls every board `bitaxe`)
 * and move from one miner to another, and a title that another dashboard of the folder has is refused by older Grafanas.
 */
export function titleOf(mac: string, hostname: string | null): string {
  const shown = (hostname ?? '').toWellFormed().replace(UNSHOWN, ' ').replace(/\s+/g, ' ').trim()
  const name = [...shown].slice(0, LONGEST_NAME).join('').trim()
  return `${name || 'Miner'} (${mac})`
}
