import { cpus, loadavg, totalmem } from 'node:os'

/** The machine on which the figures were measured. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  node: string
  platform: string
  date: string
  /** Load average of the last minute, other processes included. */
  load: number
}

/** Describes this machine. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString(),
    load: loadavg()[0] ?? NaN
  }
}
