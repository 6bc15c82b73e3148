import { globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../helper.ts'
import { ROOT, read, rowsOf, sectionOf } from '../support/pages.ts'

/**
 * Reads the tree of routes that Fastify prints: each level is indented by four characters. Left out are HEAD and
 * OPTIONS, which need no word, and the parts of the page at `/documentation`.
 */
function readRoutes(tree: string): string[] {
  const parents: string[] = []
  const routes = new Set<string>()
  for (const line of tree.split('\n')) {
    const [, indent = '', part, methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line) ?? []
    if (part === undefined) continue
    const level = indent.length / 4
    const path = (parents[level - 1] ?? '') + part
    parents.splice(level, Infinity, path)
    for (const method of methods.split(', ')) routes.add(`${method} ${path.replace(/(?<=.)\/$/, '')}`)
  }
  return [...routes].filter((route) => /^(?!HEAD|OPTIONS)[A-Z]+ /.test(route) && !route.includes(' /documentation/'))
}

t.test('docs/API.md has a section for every route, and for nothing else', async (t) => {
  const app = await build(t)
  await app.ready()
  const routes = readRoutes(app.printRoutes({ commonPrefix: false }))
  t.ok(routes.includes('DELETE /devices/imprint/:id'))
  const sections = [...read('docs/API.md').matchAll(/^### ([A-Z]+ \/.*)$/gm)].map(([, route]) => route)
  t.same(sections.sort(), routes.sort())
  const [overview = ''] = read('docs/API.md').split('\n## ')
  t.same(
    rowsOf(overview)
      .slice(2)
      .map(([route = '']) => route.replaceAll('`', ''))
      .sort(),
    routes.sort()
  )
})

t.test('docs/API.md has every error with its code and status, and no other', async (t) => {
  const files = globSync('src/errors/*.ts', { cwd: ROOT })
  const modules = (await Promise.all(files.map((file) => import(join(ROOT, file))))) as Record<string, unknown>[]
  const named = modules
    .flatMap((exports) => Object.entries(exports))
    .filter(([name]) => name.endsWith('Error'))
    .map(([, error]) => Reflect.construct(error as () => void, []) as { code: string; statusCode?: number })
    // An error without a status reaches clients only as the reason of another one.
    .filter(({ statusCode }) => statusCode !== undefined)
  const handlers = ['src/http/client-errors.ts', ...globSync('plugins/errors{.ts,/*.ts}', { cwd: ROOT })]
    .map(read)
    .join('\n')
  const own = [...handlers.matchAll(/statusCode(?:: (\d+))?,\s+code: '(\w+)'/g)]
  const expected = [
    ...named.map(({ code, statusCode }) => [code, String(statusCode)]),
    ...own.map(([, status = '500', code]) => [code, status])
  ].map(([code, status]) => [`\`${code}\``, status])
  const rows = rowsOf(sectionOf('docs/API.md', 'Errors')).filter(([code = '']) => /^`[A-Z_]+`$/.test(code))
  const documented = rows.map(([code, status]) => [code, status === 'start' ? '500' : status])
  t.same(documented.sort(), expected.sort())
})
