/** What a family may be called that is not a host's: a host whose families would be one of them has to yield. */
const OTHERS = /^(pluto|nodejs|process|http|total)(_|$)/

/** A device by what its families are to be called after. */
export interface NamedDevice {
  mac: string
  hostname: string | null
}

/**
 * Finds the prefix of each device's families: its host name with every character outside of `[a-zA-Z0-9_]` replaced by
 * `__`. Where that is no name, or families of two devices or of anything else would be called the same, the MAC is
 * appended, for each device concerned: `bitaxe_bcddc2000001`.
 * @param suffixes what may follow a prefix: `power_watts` …
 * @returns prefixes by MAC
 */
export function resolvePrefixes(devices: readonly NamedDevice[], suffixes: readonly string[]): Map<string, string> {
  const prefixes = new Map(devices.map(({ mac, hostname }) => [mac, sanitize(hostname ?? '')]))
  let unfit = new Set([...prefixes].filter(([, prefix]) => !isName(prefix) || OTHERS.test(prefix)).map(([mac]) => mac))
  const appended = new Set<string>()
  do {
    for (const mac of unfit) prefixes.set(mac, withMac(prefixes.get(mac) ?? '', mac))
    for (const mac of unfit) appended.add(mac)
    // What a MAC was appended to may be another's host name, which then needs its own
    unfit = new Set([...findColliding(prefixes, suffixes)].filter((mac) => !appended.has(mac)))
  } while (unfit.size > 0)
  return prefixes
}

const sanitize = (hostname: string) => hostname.replaceAll(/[^a-zA-Z0-9_]/g, '__')
const isName = (prefix: string) => /^[a-zA-Z_]/.test(prefix)

function withMac(prefix: string, mac: string): string {
  return `${isName(prefix) ? prefix : `_${prefix}`}_${mac.replaceAll(':', '')}`
}

/** The devices that share the name of a family with another. `a` and `a_core` do: `a_core_voltage_volts`. */
function findColliding(prefixes: ReadonlyMap<string, string>, suffixes: readonly string[]): Set<string> {
  const owners = new Map<string, string>()
  const colliding = new Set<string>()
  for (const [mac, prefix] of prefixes) {
    for (const suffix of suffixes) {
      const name = `${prefix}_${suffix}`
      const owner = owners.get(name)
      if (owner === undefined) owners.set(name, mac)
      else colliding.add(owner).add(mac)
    }
  }
  return colliding
}
