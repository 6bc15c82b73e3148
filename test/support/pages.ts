import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const ROOT = dirname(dirname(import.meta.dirname))

/** Every page that is written by hand, by its path from the root. */
export const PAGES = [
  'README.md',
  'SECURITY.md',
  'deploy/README.md',
  'clients/typescript/README.md',
  ...globSync('docs/*.md', { cwd: ROOT })
]

/** Reads a file of the repository. */
export const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** Every TypeScript file below these folders, as a path and a text. */
export function sourcesOf(...folders: string[]): { file: string; text: string }[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  return files.map((file) => ({ file, text: read(file) }))
}

/** The fenced blocks of a page. */
export function blocksOf(file: string): { language: string; text: string }[] {
  const fences = read(file).matchAll(/^```(\S*)\n([^]*?)^```$/gm)
  return [...fences].map(([, language = '', text = '']) => ({ language, text }))
}

/** The rows of every table of a text, as cells without the blanks around them. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '))
  return lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
}

/** The part of a page below one of its headings, up to the next of that level. */
export function sectionOf(file: string, heading: string): string {
  const [, section = ''] = read(file).split(`\n## ${heading}\n`)
  return section.split('\n## ')[0] ?? ''
}
