import { readFileSync } from 'node:fs'
import t from 'tap'
import { build } from '../helper.ts'
import { documentOf, operationsOf } from './document.ts'

const file = new URL('../../docs/openapi.json', import.meta.url)

t.test('docs/openapi.json is the document that the backend serves: otherwise run npm run openapi', async (t) => {
  const app = await build(t)
  const document = await documentOf(app)
  t.same(JSON.parse(readFileSync(file, 'utf8')), document, 'stale: run npm run openapi')
  t.same((await app.inject('/documentation/json')).json(), document)
})

t.test('every documented operation has a unique name, a summary and a success status', async (t) => {
  const document = await documentOf(await build(t))
  const operations = operationsOf(document)
  t.ok(operations.length > 20)
  t.equal(new Set(operations.map(({ id }) => id)).size, operations.length)
  for (const { id, summary, responses } of operations) {
    t.match(summary, /^[A-Z].*[^.]$/, id)
    t.ok(
      ['200', '202', '426'].some((status) => status in responses),
      id
    )
  }
})

t.test('every reference of the document resolves to a component, and every component is used', async (t) => {
  const document = await documentOf(await build(t))
  const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  t.same([...new Set(names)].sort(), Object.keys(document.components.schemas).sort())
})
