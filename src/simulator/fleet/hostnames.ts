import type { Profile } from '../miner/profiles.ts'

// Every fourth miner has one of these; AXEOS.md 2.2 knows blanks and empty ones from captures.
const rude = ['bitaxe 105', '', '2nd floor', 'Küche', 'say "hash"', 'total', "o'miner", '../../x', 'a\\b', '矿机']

/** The host name of the n-th miner: from the list given, else mostly what the factory sets. */
export function hostnameFor(index: number, profile: Profile, given: readonly string[]): string {
  if (given.length) return given[index % given.length] ?? 'bitaxe'
  if (index % 4 === 3) return rude[Math.floor(index / 4) % rude.length] ?? ''
  return profile.firmware.nerd ? 'nerdqaxe' : 'bitaxe'
}
