import t from 'tap'
import { build } from '../helper.ts'
import { read, rowsOf, sectionOf, sourcesOf } from '../support/pages.ts'

const PAGE = 'docs/SERVICES.md'
const plugins = [...read(PAGE).matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name)
const sources = sourcesOf('plugins')
/** Members that only their own plugin calls. */
const INTERNAL = [
  'audit.add',
  'audit.close',
  'db.close',
  'deviceHub.close',
  'discovery.close',
  'discovery.stop',
  'operations.close'
]

/** The sources of a plugin (`deviceHub`: `plugins/device-hub/` or `plugins/device-hub.ts`), and the file in `src/` of the bus. */
function textOf(plugin: string): string {
  const name = plugin.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const own = sources.filter(({ file }) => file === `plugins/${name}.ts` || file.startsWith(`plugins/${name}/`))
  const shared = plugin === 'bus' ? [read('src/bus.ts')] : []
  return [...own.map(({ text }) => text), ...shared].join('\n')
}

/** The methods in the first column of the tables of a section: identifiers in backticks, followed by `(`. */
const methodsIn = (section: string) =>
  rowsOf(section).flatMap(([cell = '']) => [...cell.matchAll(/`(\w+)\(/g)].map(([, method = '']) => method))

/** The members of an object and of its class, without the private ones. */
function membersOf(value: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  const inherited = typeof prototype === 'object' && prototype !== Object.prototype ? prototype : {}
  const names = [...Object.keys(value), ...Object.getOwnPropertyNames(inherited)]
  return names.filter((name) => name !== 'constructor' && !name.startsWith('_'))
}

t.test('every method that docs/SERVICES.md lists is in the sources of its plugin', async (t) => {
  const methods = plugins.flatMap((plugin) => methodsIn(sectionOf(PAGE, plugin)).map((method) => ({ plugin, method })))
  t.ok(methods.length > 60)
  for (const { plugin, method } of methods)
    t.ok(new RegExp(`\\b${method}\\b`).test(textOf(plugin)), `${plugin}.${method}`)
})

t.test('docs/SERVICES.md lists every member of the decorators', async (t) => {
  const app = await build(t)
  const decorators = plugins.flatMap((plugin) => {
    const section = sectionOf(PAGE, plugin)
    const [, name] = /\*\*Decorator\.\*\* `app\.(\w+)`/.exec(section) ?? []
    const value: unknown = name !== undefined && name !== 'io' && Reflect.get(app, name)
    return typeof value === 'object' && value !== null ? [{ plugin, section, value }] : []
  })
  t.ok(decorators.length > 14)
  for (const { plugin, section, value } of decorators)
    for (const member of membersOf(value))
      t.ok(
        new RegExp(`\`${member}\\b`).test(section) || INTERNAL.includes(`${plugin}.${member}`),
        `${plugin}.${member}`
      )
})
