import t from 'tap'
import { schemaControllers } from '../../../src/http/validation.ts'
import { build } from '../../helper.ts'

t.test('responses of one schema share a serializer across routes and statuses', async (t) => {
  const compile = schemaControllers.eager.compilersFactory.buildSerializer({}, {})
  const serializer = (url: string, type: string) =>
    compile({ method: 'GET', url, httpStatus: '200', schema: { type: 'object', properties: { a: { type } } } })
  t.equal(serializer('/a', 'string'), serializer('/b', 'string'))
  t.not(serializer('/a', 'string'), serializer('/a', 'number'))
  t.equal(serializer('/b', 'number')({ a: 1, b: 2 }), '{"a":1}')
})

const withField = (field: object) => ({ type: 'object', properties: { field } })
const broken = {
  'a body of an unknown type': { body: withField({ type: 'nonsense' }) },
  'a querystring of an unknown format': { querystring: withField({ type: 'string', format: 'nonsense' }) },
  'path parameters with a broken pattern': { params: withField({ type: 'string', pattern: '(' }) },
  'headers with a misspelt keyword': { headers: withField({ type: 'integer', minimun: 1 }) },
  'a response of an unknown type': { response: { 200: withField({ type: 'nonsense' }) } },
  'a body with a dangling $ref': { body: withField({ $ref: 'Nowhere#' }) },
  'a response with a dangling $ref': { response: { 200: withField({ $ref: 'Nowhere#' }) } }
}
for (const [name, schema] of Object.entries(broken)) {
  t.test(`${name} fails the start with the method and URL of its route`, async (t) => {
    const app = await build(t, {}, { schemas: 'eager' })
    app.post('/broken', { schema }, async () => ({}))
    await t.rejects(async () => app.ready(), { message: /POST.*\/broken/ })
  })
}

t.test('every schema of the service compiles', async (t) => {
  const app = await build(t, {}, { schemas: 'eager' })
  await t.resolves(async () => app.ready())
})
