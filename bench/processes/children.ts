import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Longest time that a process may take to stop. */
const STOP_LIMIT_MS = 10_000

const running = new Set<ChildProcess>()
const stopping = new WeakSet<ChildProcess>()
const directories = new Set<string>()

/** Kills all children and removes all temporary directories when this process ends, on signals too. */
export function cleanUpAtExit(): void {
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL')
    for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}

/** Creates a directory that is removed when this process ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-bench-'))
  directories.add(directory)
  return directory
}

export interface ChildOptions {
  cwd?: string
  env?: Record<string, string>
  stdio: StdioOptions
}

/** Starts Node with only PATH from this process's environment. The child is killed when this process ends. */
export function startNode(args: string[], { env = {}, ...options }: ChildOptions): ChildProcess {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, args, { ...options, env: { PATH, ...env } })
  running.add(child)
  child.once('exit', (code, signal) => {
    running.delete(child)
    if (!stopping.has(child)) process.stderr.write(`${args.join(' ')} ended unexpectedly: ${signal ?? code}\n`)
  })
  return child
}

/** The process id of a child. @throws when the child could not be started */
export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnargs.join(' ')} could not be started`)
  return child.pid
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Sends SIGTERM and waits for the end; sends SIGKILL when the process takes too long. */
export async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  stopping.add(child)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(limit)
}
