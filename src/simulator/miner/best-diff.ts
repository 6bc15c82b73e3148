import { unit } from '../random.ts'

const suffixes = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/** Parses `"4.29G"`, `"572.14 M"` or a number (AXEOS.md 2.1). Anything else is 0. */
export function parseDiff(value: unknown): number {
  if (typeof value === 'number') return value
  const match = /^([\d.]+)\s*([kKMGTPE]?)$/.exec(String(value))
  return match ? Number(match[1]) * 1000 ** suffixes.indexOf(match[2]?.replace('K', 'k') ?? '') : 0
}

/** Formats a difficulty in the style of a captured text: three digits (`483k`, `4.29G`) or two decimals (`572.14 M`, `142.80M`). */
export function formatDiff(difficulty: number, style: string): string {
  const power = difficulty < 1000 ? 0 : Math.min(6, Math.floor(Math.log10(difficulty) / 3))
  const scaled = difficulty / 1000 ** power
  const digits =
    /\.\d\d\s?[kMGTPE]$/.test(style) && !/^\d\.\d\d[kMGTPE]$/.test(style)
      ? scaled.toFixed(2)
      : scaled.toPrecision(3).replace(/e.*$/, '')
  return power === 0 ? String(Math.round(difficulty)) : `${digits}${style.includes(' ') ? ' ' : ''}${suffixes[power]}`
}

/**
 * The best share after an amount of work, in shares of difficulty 1. It grows in rare jumps and is about as large as the work,
 * as the maximum of that many random draws is.
 */
export function bestOf(units: number, seed: number): number {
  let best = 0
  for (let doubling = 0; 2 ** doubling <= units; doubling++) {
    best = Math.max(best, 2 ** doubling * (0.4 + 1.6 * unit(seed, doubling)))
  }
  return best
}
