/** A 32-bit hash of two integers (the finalizer of murmur3), the same on every run. */
export function hash(seed: number, n: number): number {
  let h = (seed ^ Math.imul(n, 0x9e3779b1)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A value in [0, 1) for a seed and an index. */
export function unit(seed: number, n: number): number {
  return hash(seed, n) / 0x100000000
}

/** Noise in [-1, 1] that is constant during each `periodMs`. */
export function steps(seed: number, atMs: number, periodMs: number): number {
  return unit(seed, Math.floor(atMs / periodMs)) * 2 - 1
}

/** A sine wave in [-1, 1] whose phase depends on the seed. */
export function swing(seed: number, atMs: number, periodMs: number): number {
  return Math.sin((atMs / periodMs + unit(seed, 7)) * 2 * Math.PI)
}
