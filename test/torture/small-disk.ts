import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './environment.ts'
import type { Context } from './part.ts'

const PAGE = 4096
const BLOCK = 16 * PAGE

/** A file system of a few megabytes in memory that can be filled up and made read-only. Requires root. */
export class SmallDisk {
  readonly directory: string
  readonly #filler: string
  #size = 0

  constructor(context: Context, megabytes: number) {
    this.directory = temporaryDirectory(context)
    this.#filler = join(this.directory, 'filler')
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${Math.round(megabytes)}m`, 'pluto-torture', this.directory])
    context.teardown(() => execFileSync('umount', ['--lazy', this.directory]))
  }

  /** Fills the free space except `pagesLeft` pages. Space freed by others later is taken by the next call. */
  fill(pagesLeft: number): void {
    const file = openSync(this.#filler, 'a')
    for (const size of [BLOCK, PAGE]) this.#append(file, Buffer.alloc(size))
    this.#size = Math.max(0, this.#size - pagesLeft * PAGE)
    ftruncateSync(file, this.#size)
    closeSync(file)
  }

  free(): void {
    rmSync(this.#filler, { force: true })
    this.#size = 0
  }

  /** @returns whether it succeeded: the kernel refuses while a file is open for writing */
  remount(how: 'ro' | 'rw'): boolean {
    return spawnSync('mount', ['-o', `remount,${how}`, this.directory]).status === 0
  }

  #append(file: number, block: Buffer): void {
    for (;;) {
      try {
        this.#size += writeSync(file, block)
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOSPC') return
        throw error
      }
    }
  }
}
