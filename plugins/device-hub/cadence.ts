/** The first time at or after `now` that lies at the device's own phase of the interval. All times in ms. */
export function firstDue(mac: string, intervalMs: number, now: number): number {
  const phase = phaseOf(mac, intervalMs)
  return phase + Math.ceil((now - phase) / intervalMs) * intervalMs
}

/** Offset of a device's polls within the interval. It hashes the MAC (FNV-1a) to spread a fleet evenly. */
function phaseOf(mac: string, intervalMs: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < mac.length; i++) hash = Math.imul(hash ^ mac.charCodeAt(i), 0x01000193)
  // One more round of mixing: MACs of the same production batch differ only in their last characters.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * intervalMs
}

/** The slot after `dueAt` on a fixed cadence, skipping slots that a stall has already missed. All times in ms. */
export function nextDue(dueAt: number, intervalMs: number, now: number): number {
  const late = Math.max(0, now - dueAt)
  return dueAt + Math.max(1, Math.ceil(late / intervalMs)) * intervalMs
}
