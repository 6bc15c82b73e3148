import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const HERE = join(import.meta.dirname, '../..')
const TSC = join(HERE, 'node_modules/typescript/bin/tsc')
const LIKE_THE_PROJECT = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']

/** What to start instead of the sources: Node's flags, what looks at the process from within, and the program. */
export interface Program {
  flags: string[]
  inside: string
  main: string
}

/** Compiles the backend into `dist`, as `npm run build` does, and tells how the image starts it. @throws what tsc says */
export function compileBackend(): Program {
  const outDir = join(HERE, 'dist')
  tsc('-p', join(HERE, 'tsconfig.build.json'), '--outDir', outDir)
  const inside = join(import.meta.dirname, 'instrument.ts')
  tsc(...LIKE_THE_PROJECT, '--rewriteRelativeImportExtensions', '--outDir', join(outDir, 'bench'), inside)
  const command = /^CMD (\[.*\])$/m.exec(readFileSync(join(HERE, 'Dockerfile'), 'utf8'))?.[1] ?? '[]'
  const [, ...args] = JSON.parse(command) as string[]
  return { flags: args.slice(0, -1), inside: join(outDir, 'bench/instrument.js'), main: args.at(-1) ?? '' }
}

/** Types are checked elsewhere. */
function tsc(...args: string[]): void {
  const { status, stdout } = spawnSync(process.execPath, [TSC, '--noCheck', ...args], { cwd: HERE, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the backend cannot be compiled:\n${stdout}`)
}
