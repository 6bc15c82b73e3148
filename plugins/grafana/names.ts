export const OVERVIEW_UID = 'pluto-overview'
export const OVERVIEW_TITLE = 'Pluto overview'

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/
const MAX_NAME_LENGTH = 80
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/**
 * The uid of a device's dashboard, which also names its file. It consists only of the canonical MAC, so it survives every
 * rename and no device can choose it. Grafana permits 40 letters, digits, `-` and `_`.
 * @throws {TypeError} `mac` is not a canonical MAC
 */
export function uidOf(mac: string): string {
  if (!MAC.test(mac)) throw new TypeError(`"${mac}" is not a canonical MAC`)
  return `pluto-${mac.replaceAll(':', '')}`
}

/** The MAC in a uid; null for the overview and for dashboards that are not Pluto's. */
export function macOf(uid: string): string | null {
  const digits = /^pluto-([0-9a-f]{12})$/.exec(uid)?.[1]
  return digits?.match(/../g)?.join(':') ?? null
}

/**
 * The title of a device's dashboard. It always contains the MAC: host names repeat (every board leaves the factory as
 * `bitaxe`) and move between miners, and older Grafanas refuse two dashboards of one title in a folder.
 */
export function titleOf(mac: string, hostname: string | null): string {
  const shown = (hostname ?? '').toWellFormed().replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim()
  const name = [...shown].slice(0, MAX_NAME_LENGTH).join('').trim()
  return `${name || 'Miner'} (${mac})`
}
