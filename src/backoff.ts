/** Adds up to a fifth at random, so that timers that started together drift apart. In ms. */
export const jittered = (ms: number): number => ms * (1 + Math.random() / 5)

/**
 * How long to wait after a number of failures in a row, in ms: doubles from `shortestMs` up to `longestMs`. Up to half of it
 * is taken off at random, and never less than `shortestMs` is left.
 */
export function backoffMs(failures: number, shortestMs: number, longestMs: number): number {
  const delay = Math.min(longestMs, shortestMs * 2 ** Math.max(0, failures - 1))
  return Math.max(shortestMs, delay * (0.5 + Math.random() / 2))
}
