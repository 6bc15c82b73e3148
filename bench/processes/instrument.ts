import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { serveParent } from './ipc.ts'

/** Delays of the event loop, ms. */
export interface LoopDelay {
  p50: number
  p99: number
  max: number
}

// Each sample wakes the process, which costs CPU time: this is rare enough not to matter.
const RESOLUTION_MS = 20
const PROFILE_EVERY_US = 200

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const session = new Session()

// Loaded into the measured processes with `--import`. It does nothing until the parent calls it.
serveParent({
  watchLoop() {
    delay.reset()
    delay.enable()
  },
  loopDelay(): LoopDelay {
    delay.disable()
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
    return { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) }
  },
  async profile() {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: PROFILE_EVERY_US })
    await session.post('Profiler.start')
  },
  async writeProfile(file: string) {
    const { profile } = await session.post('Profiler.stop')
    writeFileSync(file, JSON.stringify(profile))
    session.disconnect()
  }
})

// The channel to the parent must not keep the process alive.
process.channel?.unref()
