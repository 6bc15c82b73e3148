const SECRET_KEY = /pass(word)?$/i

/** Tells whether a field of this name holds a secret (`stratumPassword`, `wifiPass` …, also under names a fork made up). */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key)
}

/**
 * Removes every secret field, at any depth, from a freshly parsed JSON value, in place: it runs once where data enters,
 * so that nothing behind it can leak (CONTRACT.md 2).
 * @returns the same value
 */
export function stripSecrets<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const key in fields) {
    if (isSecretKey(key)) Reflect.deleteProperty(fields, key)
    else stripSecrets(fields[key])
  }
  return value
}
