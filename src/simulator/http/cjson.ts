import type { Json } from '../types.ts'

/** JSON as cJSON prints it with formatting on: tabs, a tab after the colon, arrays on one line (AXEOS.md 1.1). */
export function prettyJson(value: Json, depth = 1): string {
  if (Array.isArray(value)) return `[${value.map((item) => prettyJson(item, depth + 1)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const indent = '\t'.repeat(depth)
  const lines = Object.entries(value).map(
    ([key, item]) => `${indent}${JSON.stringify(key)}:\t${prettyJson(item, depth + 1)}`
  )
  return `{\n${lines.join(',\n')}\n${'\t'.repeat(depth - 1)}}`
}
