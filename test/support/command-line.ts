import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'

const ROOT = new URL('../..', import.meta.url).pathname

/** Runs a script of the project to its end, with only PATH from this process's environment. */
export async function run(script: string, env: Record<string, string>, ...args: string[]) {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [script, ...args], {
    cwd: ROOT,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status: status as number | null, stdout, stderr }
}
