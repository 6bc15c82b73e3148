/** Puts the reason why the process cannot start into one line for its operator; a bug keeps its stack. */
export function explainStartFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as Error & { code?: string; port?: number; address?: string }
  if (code === 'EADDRINUSE') return `PORT ${port} is taken on ${address}: stop the other program, or set another PORT`
  if (code === 'EACCES') return `PORT ${port} may not be bound by this user: set a PORT above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST ${address ?? ''} is not an address of this machine`
  return code?.startsWith('PLUTO_') ? error.message : (error.stack ?? error.message)
}
