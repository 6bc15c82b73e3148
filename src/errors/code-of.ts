/** The `code` of an error as text, such as `ECONNREFUSED` or `PLUTO_STORE_WRITE`; undefined if it has none. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return error.code === undefined || error.code === null ? undefined : String(error.code)
}

/** Whether an error has one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = codeOf(error)
  return code !== undefined && codes.includes(code)
}

/** Whether the store could not be written. The store logs that itself, so callers do not log it again. */
export const isStoreFailure = (error: unknown): boolean => hasCode(error, 'PLUTO_STORE_WRITE')

/**
 * The code of a failed system call, also of one that Node.js has wrapped: in `info` (`ERR_SYSTEM_ERROR`), as a cause, or as one
 * of several attempts to connect.
 */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { info, syscall } = error as Error & { info?: { code?: unknown }; syscall?: unknown }
  if (typeof info?.code === 'string') return info.code
  if (typeof syscall === 'string' && codeOf(error) !== undefined) return codeOf(error)
  const attempt: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return attempt === undefined ? codeOf(error) : (systemCodeOf(attempt) ?? codeOf(error))
}
