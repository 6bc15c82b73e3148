import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const HERE = join(import.meta.dirname, '../..')
const TSC = join(HERE, 'node_modules/typescript/bin/tsc')
const TSC_OPTIONS = ['--module', 'nodenext', '--target', 'es2024', '--types', 'node']

/** A program to start: the flags of Node, the module that instruments the process, and the main file. */
export interface Program {
  flags: string[]
  instrument: string
  main: string
}

/** Compiles the backend into `dist`, as `npm run build` does. @returns how the image starts it @throws with the output of tsc */
export function compileBackend(): Program {
  const outDir = join(HERE, 'dist')
  tsc('-p', join(HERE, 'tsconfig.build.json'), '--outDir', outDir)
  const instrument = join(import.meta.dirname, 'instrument.ts')
  tsc(...TSC_OPTIONS, '--rewriteRelativeImportExtensions', '--outDir', join(outDir, 'bench'), instrument)
  const command = /^CMD (\[.*\])$/m.exec(readFileSync(join(HERE, 'Dockerfile'), 'utf8'))?.[1] ?? '[]'
  const [, ...args] = JSON.parse(command) as string[]
  return { flags: args.slice(0, -1), instrument: join(outDir, 'bench/instrument.js'), main: args.at(-1) ?? '' }
}

/** Runs tsc without type checks, which `npm run typecheck` does. */
function tsc(...args: string[]): void {
  const { status, stdout } = spawnSync(process.execPath, [TSC, '--noCheck', ...args], { cwd: HERE, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the backend cannot be compiled:\n${stdout}`)
}
