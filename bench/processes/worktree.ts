import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { HERE } from './backend.ts'
import { UsageError } from '../../src/cli/command.ts'

/** The full hash of a commit. @throws {UsageError} the name is unknown */
export function commitOf(ref: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)
  } catch {
    throw new UsageError(`--compare must name a commit, got "${ref}"`)
  }
}

/** Checks out a commit in a separate worktree, with the same node_modules. */
export function checkOut(commit: string, directory: string): string {
  const path = join(directory, 'worktree')
  git('worktree', 'add', '--detach', path, commit)
  // Must run before the directory is removed; otherwise git keeps a record of the worktree.
  process.prependOnceListener('exit', () => git('worktree', 'remove', '--force', path))
  symlinkSync(join(HERE, 'node_modules'), join(path, 'node_modules'))
  return path
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: HERE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}
