import t from 'tap'
import { read, rowsOf, sectionOf, sourcesOf } from '../support/pages.ts'

const OTHERS = /^(ERR_|npm |docker |--|GET |PATCH )|^[A-Z_]+$|^\.\w+$/
const sources = sourcesOf('src', 'plugins', 'routes')
  .map(({ text }) => text)
  .join('\n')

t.test('every message that the troubleshooting of docs/DEVELOPMENT.md quotes is one of the sources', (t) => {
  const rows = rowsOf(sectionOf('docs/DEVELOPMENT.md', 'Troubleshooting')).slice(2)
  const quotes = rows.flatMap(([symptom = '']) => [...symptom.matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote))
  const messages = quotes.filter((quote) => !OTHERS.test(quote))
  t.ok(messages.length > 10)
  for (const message of messages)
    for (const part of message.split('…')) t.ok(sources.includes(part.trim()), `${message}: ${part.trim()}`)
  t.end()
})

t.test('every error code that a page names is one of the sources', (t) => {
  for (const page of ['API', 'ARCHITECTURE', 'DEVELOPMENT', 'GRAFANA', 'SECURITY', 'SERVICES'])
    for (const [, code = ''] of read(`docs/${page}.md`).matchAll(
      /`((?:PLUTO|MINER|PRESET|DISCOVERY|GRAFANA)_[A-Z_]+)`/g
    ))
      if (code !== 'GRAFANA_PASSWORD') t.match(sources, new RegExp(`'${code}'|\\b${code}\\b`), `${page}: ${code}`)
  t.end()
})
