import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerParent } from './ipc.ts'

/** What the measured process tells about its event loop: by how many ms it was late. */
export interface LoopDelay {
  p50: number
  p99: number
  max: number
}

// Each look wakes the process, which costs it CPU time: seldom enough not to be noticed.
const RESOLUTION_MS = 20
const PROFILE_EVERY_US = 200

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const session = new Session()

// Loaded with `--import` into the processes that are measured. It does nothing until it is asked.
answerParent({
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

// The parent is no reason to stay.
process.channel?.unref()
