/** One operation's place in the line for one device. */
export interface Turn {
  /** Resolves when no operation that was accepted before has anything left to do with the device. */
  readonly before: Promise<unknown>
  /** Lets the next operation have the device. */
  release(): void
}

/** Makes the lines in which operations wait for devices: each device takes them one after another, as they were accepted. */
export function createTurns() {
  const last = new Map<string, Promise<void>>()

  return {
    /** Takes the last place in a device's line. */
    take(mac: string): Turn {
      const before = last.get(mac) ?? Promise.resolve()
      const done = Promise.withResolvers<undefined>()
      const mine = Promise.all([before, done.promise]).then(() => {
        if (last.get(mac) === mine) last.delete(mac)
      })
      last.set(mac, mine)
      return { before, release: () => done.resolve(undefined) }
    }
  }
}
export type Turns = ReturnType<typeof createTurns>
