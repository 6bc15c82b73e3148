import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Level } from 'level'

const PLANTED = 'planted-secret'
/** Prefixes of the secrets of simulated miners and of those planted by this run. */
const MARKS = [PLANTED, 'wifi-secret-', 'pool-secret-']
const CONTEXT = 60
/** Larger texts are searched only for the plain marks, so that the simulator in this process is not blocked. */
const LARGE = 200_000

/** Each mark in plain text, in hexadecimal, and in base64 at each of its three alignments. */
const FORMS = MARKS.flatMap((mark) => [
  mark,
  Buffer.from(mark).toString('hex'),
  ...[0, 1, 2].map((at) => inBase64(mark, at))
])

function inBase64(mark: string, at: number): string {
  const text = Buffer.from('\0'.repeat(at) + mark).toString('base64')
  // Characters that depend on the neighbouring bytes are cut off.
  return text.slice(at === 0 ? 0 : at + 1, Math.floor(((at + mark.length) * 8) / 6))
}

/** Searches all output and stored data of the backend for secrets, and counts what it has searched. */
export class SecretScanner {
  readonly finds: string[] = []
  readonly searched = { answers: 0, events: 0, 'log lines': 0, files: 0, records: 0 }

  /** Returns a secret that the scanner recognizes. */
  plant(name: string): string {
    return `${PLANTED}-${name}`
  }

  search(kind: keyof typeof this.searched, where: string, text: string): void {
    this.searched[kind]++
    for (const form of text.length > LARGE ? MARKS : FORMS) {
      const at = text.indexOf(form)
      if (at >= 0) this.#found(`${kind} ${where}: …${text.slice(Math.max(0, at - CONTEXT), at + CONTEXT)}…`)
    }
  }

  /** Searches all files of a data directory and all records of its store. The store must not be open. */
  async searchDirectory(directory: string): Promise<void> {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name)
      if (entry.isFile()) this.search('files', file, readFileSync(file, 'latin1'))
    }
    const level = new Level<string, string>(join(directory, 'store'))
    for await (const [key, value] of level.iterator()) this.search('records', key, `${key} ${value}`)
    await level.close()
  }

  #found(text: string): void {
    if (this.finds.length < 20) this.finds.push(text)
  }
}
