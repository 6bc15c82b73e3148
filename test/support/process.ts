import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const ROOT = new URL('../..', import.meta.url).pathname

/** A test, or anything else that runs handlers when it ends. */
export interface Scope {
  teardown(handler: () => unknown): void
}

/** The backend as a separate process, with only the necessary part of this process's environment. */
export class Backend {
  readonly child: ChildProcess
  readonly lines: string[] = []

  /** @param wrapper a program with its arguments that runs the command appended to it */
  constructor(t: Scope, env: Record<string, string>, script = 'src/server.ts', wrapper: string[] = []) {
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const settings = { PATH, NODE_COMPILE_CACHE, HOST: '127.0.0.1', PORT: '0', DISCOVERY_MDNS: 'false', ...env }
    const [program = '', ...args] = [...wrapper, process.execPath, script]
    this.child = spawn(program, args, { cwd: ROOT, env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line))
    }
    t.teardown(() => this.stop('SIGKILL'))
  }

  /** Waits until the backend listens and returns its URL. @throws when the process ends first */
  async url(): Promise<string> {
    for (;;) {
      const line = this.lines.find((text) => text.includes('Server listening at'))
      const url = /http:\/\/[\d.]+:\d+/.exec(line ?? '')?.[0]
      if (url) return url
      if (this.child.exitCode !== null) throw new Error(`the backend ended: ${this.lines.join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits for the process to end. @returns the exit code, or null after a signal */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    return this.ended()
  }
}
