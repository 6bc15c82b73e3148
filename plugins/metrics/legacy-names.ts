/** Prefixes of other families. A host name that begins like one gets its MAC appended. */
const RESERVED = /^(pluto|nodejs|process|http|total)(_|$)/

/** A device and the host name that its families are named after. */
export interface NamedDevice {
  mac: string
  hostname: string | null
}

/**
 * Resolves the prefix of each device's families: its host name, with every character outside `[a-zA-Z0-9_]` replaced by `__`.
 * If that is not a valid name, or the families would collide with those of another device or another part, each device
 * concerned gets its MAC appended: `bitaxe_bcddc2000001`.
 * @param suffixes all suffixes of families, such as `power_watts`
 * @returns prefixes by MAC
 */
export function resolvePrefixes(devices: readonly NamedDevice[], suffixes: readonly string[]): Map<string, string> {
  const prefixes = new Map(devices.map(({ mac, hostname }) => [mac, sanitize(hostname ?? '')]))
  let unusable = new Set(
    [...prefixes].filter(([, prefix]) => !isName(prefix) || RESERVED.test(prefix)).map(([mac]) => mac)
  )
  const appended = new Set<string>()
  do {
    for (const mac of unusable) prefixes.set(mac, withMac(prefixes.get(mac) ?? '', mac))
    for (const mac of unusable) appended.add(mac)
    // A name with a MAC may be the host name of another device, which then needs its own MAC.
    unusable = new Set([...findColliding(prefixes, suffixes)].filter((mac) => !appended.has(mac)))
  } while (unusable.size > 0)
  return prefixes
}

const sanitize = (hostname: string) => hostname.replaceAll(/[^a-zA-Z0-9_]/g, '__')
const isName = (prefix: string) => /^[a-zA-Z_]/.test(prefix)

function withMac(prefix: string, mac: string): string {
  return `${isName(prefix) ? prefix : `_${prefix}`}_${mac.replaceAll(':', '')}`
}

/** The devices whose families collide. Those of `a` and `a_core` do: both have `a_core_voltage_volts`. */
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
