import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { HERE } from './backend.ts'
import { UsageError } from '../../src/cli/command.ts'

/** The full name of a commit. @throws {UsageError} there is no commit of that name */
export function commitOf(ref: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)
  } catch {
    throw new UsageError(`--compare must name a commit, got "${ref}"`)
  }
}

/** Checks a commit out beside this tree, with the same node_modules. */
export function checkOut(commit: string, directory: string): string {
  const path = join(directory, 'worktree')
  git('worktree', 'add', '--detach', path, commit)
  // Before the directory that it lies in is removed, else git keeps a note of it.
  process.prependOnceListener('exit', () => git('worktree', 'remove', '--force', path))
  symlinkSync(join(HERE, 'node_modules'), join(path, 'node_modules'))
  return path
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: HERE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}
