import type { Socket } from 'node:net'

/** Resets a connection (RST) at once. `resetAndDestroy` alone waits for pending writes, and for ever when there is one after the end. */
export function breakOff(socket: Socket): void {
  socket.resetAndDestroy()
  socket.destroy()
}
