import { spawnSync } from 'node:child_process'

/** Why a test that needs a tool cannot run here, or false. Continuous integration must have every tool. */
export function lacks(tool: string): string | false {
  const absent = spawnSync(tool, ['--version']).error !== undefined
  return absent && process.env.CI !== 'true' ? `${tool} is not installed` : false
}

/** Runs promtool to its end. @returns its output, and whether it found no errors */
export function promtool(...args: string[]): { passed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  return { passed: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` }
}
