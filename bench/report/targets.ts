import { kilobytes, megabytes, ms, number, percent, seconds, table, times } from './format.ts'

export interface Row {
  what: string
  /** Null when not measured. */
  value: number | null
  target: number
  show(value: number): string
  /** The number of devices for which the target is defined; null means any. */
  devices: number | null
}

const row = (what: string, value: number | null, target: number, show: Row['show'], devices: number | null): Row => ({
  what,
  value,
  target,
  show,
  devices
})

/** Figures with their targets; a figure must not exceed its target. */
export const rows = {
  quietRatio: (ratio: number) => row('CPU per poll, quiet, relative to the bare loop', ratio, 1, times, 1000),
  busyRatio: (ratio: number) => row('CPU per poll, busy, relative to the bare loop', ratio, 2, times, 1000),
  intervalP99: (p99: number | null, intervalMs: number, slackMs = 100, when = '') =>
    row(`interval p99${when}`, p99, intervalMs + slackMs, seconds, null),
  missedPolls: (missed: number) => row('missed polls', missed, 0, (value) => number(value, 0), null),
  coreShare: (share: number) => row('CPU of one core, quiet', share, 0.5, percent, 5000),
  rss: (bytes: number, megabytesAllowed: number, devices: number | null) =>
    row('RSS', bytes, megabytesAllowed * 2 ** 20, megabytes, devices),
  metricsP50: (p50: number | null) => row('/metrics p50', p50, 15, ms, 1000),
  listP50: (p50: number | null) => row('/devices/imprint p50', p50, 25, ms, 1000),
  loopMax: (max: number) => row('event loop delay max', max, 50, ms, null),
  loopP99: (p99: number) => row('event loop delay p99', p99, 50, ms, null),
  writtenPerPoll: (bytes: number | null) => row('written to disk per poll', bytes, 1024, kilobytes, null),
  start: (startMs: number) => row('start until ready, all devices', startMs, 1500, seconds, 1000)
}

export type Verdict = 'met' | 'missed' | 'not measured' | `for ${string} devices`

/** Whether a target is met. A target for another number of devices does not apply. */
export function verdictOf({ value, target, devices }: Row, measuredDevices: number): Verdict {
  if (value === null) return 'not measured'
  if (devices !== null && devices !== measuredDevices) return `for ${number(devices, 0)} devices`
  return value <= target ? 'met' : 'missed'
}

/** Formats the targets as a table. */
export function targetTable(checked: Row[], devices: number): string {
  const cells = checked.map((entry) => [
    entry.what,
    entry.value === null ? '—' : entry.show(entry.value),
    `≤ ${entry.show(entry.target)}`,
    verdictOf(entry, devices)
  ])
  return table(['figure', 'measured', 'target', 'verdict'], cells)
}
