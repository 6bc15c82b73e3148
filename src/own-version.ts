import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The version of this program, as its package says; `unknown` without one. */
export function ownVersion(): string {
  const file = findPackageJSON(import.meta.url)
  return file === undefined ? 'unknown' : String(JSON.parse(readFileSync(file, 'utf8')).version)
}
