import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Longest time that a process may take to end by itself. */
const PATIENCE_MS = 10_000

const running = new Set<ChildProcess>()
const stopping = new WeakSet<ChildProcess>()
const directories = new Set<string>()

/** Sees to it that nothing is left behind, whatever ends this process. */
export function cleanUpAtExit(): void {
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL')
    for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}

/** A directory that is gone when this process ends. */
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

/** Starts Node with these arguments, and nothing of this process's environment but PATH. It is killed when this process ends. */
export function startNode(args: string[], { env = {}, ...options }: ChildOptions): ChildProcess {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, args, { ...options, env: { PATH, ...env } })
  running.add(child)
  child.once('exit', (code, signal) => {
    running.delete(child)
    if (!stopping.has(child)) process.stderr.write(`${args.join(' ')} has ended by itself: ${signal ?? code}\n`)
  })
  return child
}

/** Number of a process. @throws when it could not be started */
export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnargs.join(' ')} could not be started`)
  return child.pid
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Asks a process to end, waits for it, and kills it when it does not. */
export async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  stopping.add(child)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(limit)
}
