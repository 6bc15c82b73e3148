import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Finds the log that LevelDB writes to. @returns undefined when there is none */
export async function latestLogOf(location: string) {
  const names = (await readdir(location)).filter((name) => /^\d+\.log$/.test(name))
  const name = names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1)
  if (name === undefined) return undefined
  const { dev, ino, size } = await stat(join(location, name))
  return { name, id: `${dev}:${ino}`, size }
}
