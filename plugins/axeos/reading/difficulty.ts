const TEXT = /^(\d+(?:\.\d+)?) ?([kKMGTPE]?)$/
const FACTOR: Record<string, number> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }

/**
 * Reads a difficulty in each of its forms: a number (ESP-Miner since v2.11.0), or a text such as `0`, `483k`, `4.29G`
 * or `572.14 M` (AXEOS.md 2.1).
 * @returns null for anything else
 */
export function parseDifficulty(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null
  if (typeof value !== 'string' || value.length > 32) return null
  const [, digits, suffix = ''] = TEXT.exec(value.trim()) ?? []
  return digits === undefined ? null : Math.round(Number(digits) * (FACTOR[suffix] ?? 1))
}
