const KNOWN_POOLS: Record<string, string> = {
  'mine.ocean.xyz:3334': 'Ocean Main',
  'solo.ckpool.org:3333': 'CKPool Main',
  'solo.ckpool.org:4334': 'CKPool High Diff',
  'umbrel.local:2018': 'Public Pool Local'
}

/** Names a pool, given as `host:port`, as dashboards show it: well-known ones by their name, others as they are. */
export function poolName(address: string): string {
  return Object.hasOwn(KNOWN_POOLS, address) ? (KNOWN_POOLS[address] ?? address) : address
}
