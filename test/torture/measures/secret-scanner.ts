import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Level } from 'level'

const PLANTED = 'planted-secret'
/** How the secrets of simulated miners begin, and those that this run plants. */
const MARKS = [PLANTED, 'wifi-secret-', 'pool-secret-']
const CONTEXT = 60
/** Texts above this are searched for the marks as they are, and not in every form: what plays the miners has to go on. */
const LARGE = 200_000

/** Each mark as it is, in hexadecimal, and in base64 at each of the three places where it may begin. */
const FORMS = MARKS.flatMap((mark) => [
  mark,
  Buffer.from(mark).toString('hex'),
  ...[0, 1, 2].map((at) => inBase64(mark, at))
])

function inBase64(mark: string, at: number): string {
  const text = Buffer.from('\0'.repeat(at) + mark).toString('base64')
  // What depends on the bytes before and behind is left away.
  return text.slice(at === 0 ? 0 : at + 1, Math.floor(((at + mark.length) * 8) / 6))
}

/** Searches everything that the backend says and stores for secrets, and counts what it has searched. */
export class SecretWatch {
  readonly finds: string[] = []
  readonly searched = { answers: 0, events: 0, 'log lines': 0, files: 0, records: 0 }

  /** A secret that this watch finds again. */
  plant(name: string): string {
    return `${PLANTED}-${name}`
  }

  look(kind: keyof typeof this.searched, where: string, text: string): void {
    this.searched[kind]++
    for (const form of text.length > LARGE ? MARKS : FORMS) {
      const at = text.indexOf(form)
      if (at >= 0) this.#found(`${kind} ${where}: …${text.slice(Math.max(0, at - CONTEXT), at + CONTEXT)}…`)
    }
  }

  /** Searches every file below a data directory, and every record of its store, which is packed. Nobody may have it open. */
  async lookInto(directory: string): Promise<void> {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name)
      if (entry.isFile()) this.look('files', file, readFileSync(file, 'latin1'))
    }
    const level = new Level<string, string>(join(directory, 'store'))
    for await (const [key, value] of level.iterator()) this.look('records', key, `${key} ${value}`)
    await level.close()
  }

  #found(text: string): void {
    if (this.finds.length < 20) this.finds.push(text)
  }
}
