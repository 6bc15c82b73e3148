import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './errors/code-of.ts'

/**
 * Creates a directory and its missing parents. The recursive `mkdir` of Node.js never ends below `/proc`, where a directory
 * exists in which nothing can be created.
 * @throws {Error} the path cannot be a directory; the message says why
 */
export async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return requireDirectory(directory)
    const parent = dirname(directory)
    if (!hasCode(error, 'ENOENT') || (await isDirectory(parent))) throw error
    await createDirectory(parent)
    await mkdir(directory)
  }
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: Error) => {
    throw hasCode(error, 'ENOENT') ? new Error(`${directory} is a symbolic link to a path that does not exist`) : error
  })
  if (!found.isDirectory()) throw new Error(`${directory} is not a directory`)
}

const isDirectory = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
