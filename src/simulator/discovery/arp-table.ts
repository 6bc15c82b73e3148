import { renameSync, writeFileSync } from 'node:fs'
import type { MinerState } from '../miner/state.ts'

/** Writes all miners as a table in the format of /proc/net/arp, in one step, so that no reader sees half of it. */
export function writeArpTable(file: string, states: readonly MinerState[]): void {
  const head = 'IP address       HW type     Flags       HW address            Mask     Device\n'
  const rows = states.map(({ ip, mac }) => `${ip.padEnd(16)} 0x1         0x2         ${mac}     *        lo\n`)
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, head + rows.join(''))
  renameSync(draft, file)
}
