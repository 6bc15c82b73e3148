import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT, blocksOf } from '../support/pages.ts'

const ROOMS = ['bench', 'plugins', 'routes', 'schemas', 'src', 'test']

/** The paths of a tree that is indented by two characters for each level, with or without a remark behind each path. */
function pathsOf(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^( *)(\S+\/|\S+\.\w+)(?: |$)/.exec(line) ?? []
    if (name === undefined) return []
    const level = indent.length / 2
    const path = (parents[level - 1] ?? '') + name
    parents.splice(level, Infinity, path)
    return [path]
  })
}

const [{ text: tree } = { text: '' }] = blocksOf('docs/ARCHITECTURE.md').filter(({ text }) =>
  /^src\/$|^src\/ /m.test(text)
)
const listed = pathsOf(tree)

t.test('every path in the tree of docs/ARCHITECTURE.md exists', (t) => {
  t.ok(listed.length > 30)
  for (const path of listed) t.ok(existsSync(join(ROOT, path)), path)
  t.end()
})

t.test('the tree of docs/ARCHITECTURE.md leaves out no folder of those that it opens', (t) => {
  for (const room of ROOMS) t.ok(listed.includes(`${room}/`), room)
  const holdsFolders = (path: string) =>
    listed.some((other) => other !== path && other.startsWith(path) && other.endsWith('/'))
  for (const path of listed.filter(
    (path) => path.endsWith('/') && (ROOMS.includes(path.slice(0, -1)) || holdsFolders(path))
  )) {
    const folders = readdirSync(join(ROOT, path), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const { name } of folders) t.ok(listed.includes(`${path}${name}/`), `${path}${name}/`)
  }
  t.end()
})
