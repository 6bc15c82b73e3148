export type Json = null | boolean | number | string | Json[] | Fields
export interface Fields {
  [key: string]: Json
}

/** Whether a parsed JSON value is an object (not an array, not null). */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the finite number in a field, or `otherwise`. */
export function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}

/** Parses JSON; returns undefined when the text is not valid JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
