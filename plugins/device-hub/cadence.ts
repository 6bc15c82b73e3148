/** The first time from `now` on that lies at the device's own phase of the interval. All times in ms. */
export function firstDue(mac: string, intervalMs: number, now: number): number {
  const phase = phaseOf(mac, intervalMs)
  return phase + Math.ceil((now - phase) / intervalMs) * intervalMs
}

/** Offset of a device's polls within the interval, from a hash (FNV-1a) of its MAC, so that a fleet is spread evenly. */
function phaseOf(mac: string, intervalMs: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < mac.length; i++) hash = Math.imul(hash ^ mac.charCodeAt(i), 0x01000193)
  // One more round of mixing: the MACs of one batch of boards differ in their last characters alone.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * intervalMs
}

/** The slot after `dueAt` on a fixed cadence, skipping those that a stall has already eaten. All times in ms. */
export function nextDue(dueAt: number, intervalMs: number, now: number): number {
  const late = Math.max(0, now - dueAt)
  return dueAt + Math.max(1, Math.ceil(late / intervalMs)) * intervalMs
}
