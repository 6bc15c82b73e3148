/** Levels that anything may nest which comes from outside and is kept: miners and their settings need five. */
export const DEEPEST = 16

/** Tells whether a value nests no deeper than `levels`, so that no later walk over it runs out of stack. */
export function isShallow(value: object, levels = DEEPEST): boolean {
  if (levels === 0) return false
  return Object.values(value).every(
    (child) => typeof child !== 'object' || child === null || isShallow(child, levels - 1)
  )
}
