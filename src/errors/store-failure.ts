/** Tells an error of a store that cannot be written, which the store itself has logged when it began. */
export function isStoreFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'PLUTO_STORE_WRITE'
}
