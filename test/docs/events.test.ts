import t from 'tap'
import { read, rowsOf, sectionOf, sourcesOf } from '../support/pages.ts'

/** `plugins/device-hub/hub.ts` → `deviceHub`, `plugins/recorder.ts` → `recorder`. */
function pluginOf(file: string): string {
  const [, folder = ''] = /^plugins\/([\w-]+)/.exec(file) ?? []
  return folder.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

const [, declaration = ''] = /(?:export )?interface Events \{\n([^]*?)\n\}/.exec(read('src/bus.ts')) ?? []
const events = [...declaration.matchAll(/^ {2}'([\w.]+)':/gm)].map(([, event = '']) => event)
const plugins = sourcesOf('plugins')

/** The events that a source calls the bus with; of a call in a loop, every event that the source names. */
function namesIn(text: string, method: 'emit' | 'on'): string[] {
  const literal = [...text.matchAll(new RegExp(`bus\\.${method}\\('([\\w.]+)'`, 'g'))].map(([, event = '']) => event)
  if (!new RegExp(`bus\\.${method}\\(\\w`).test(text)) return literal
  return events.filter((event) => text.includes(`'${event}'`))
}

const usersOf = (event: string, method: 'emit' | 'on') => {
  const users = plugins.filter(({ text }) => namesIn(text, method).includes(event))
  return [...new Set(users.map(({ file }) => pluginOf(file)))].sort()
}

t.test('docs/SERVICES.md has every event of src/bus.ts, with those that emit it and those that hear it', (t) => {
  const rows = rowsOf(sectionOf('docs/SERVICES.md', 'bus')).filter(([name = '']) => /^`[a-z]+\.[a-z]+`$/.test(name))
  t.ok(events.length > 5)
  t.same(
    rows.map(([name]) => name),
    events.map((event) => `\`${event}\``)
  )
  for (const [name = '', , emitters = '', listeners = ''] of rows) {
    const event = name.replaceAll('`', '')
    const named = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, plugin = '']) => plugin).sort()
    t.same(named(emitters), usersOf(event, 'emit'), `${event} is emitted by`)
    t.same(named(listeners), usersOf(event, 'on'), `${event} is heard by`)
  }
  t.end()
})
