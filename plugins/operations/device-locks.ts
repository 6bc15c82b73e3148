import { createSerial, type Serial } from '../../src/serial.ts'

/** An operation's lock on one device. */
export interface DeviceLock {
  /** Resolves once every operation that was accepted earlier has released the device. */
  readonly acquired: Promise<unknown>
  /** Hands the device to the next operation. */
  release(): void
}

/** Creates the locks that give each device to one operation at a time, in the order in which these were accepted. */
export function createDeviceLocks() {
  const queues = new Map<string, { serial: Serial; locks: number }>()

  function queueOf(mac: string) {
    const queue = queues.get(mac) ?? { serial: createSerial(), locks: 0 }
    queues.set(mac, queue)
    return queue
  }

  return {
    /** Queues for a device. */
    request(mac: string): DeviceLock {
      const queue = queueOf(mac)
      const acquired = Promise.withResolvers<undefined>()
      const released = Promise.withResolvers<undefined>()
      queue.locks++
      void queue.serial.run(async () => {
        acquired.resolve(undefined)
        await released.promise
        if (--queue.locks === 0) queues.delete(mac)
      })
      return { acquired: acquired.promise, release: () => released.resolve(undefined) }
    }
  }
}
export type DeviceLocks = ReturnType<typeof createDeviceLocks>
