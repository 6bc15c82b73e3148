import t from 'tap'
import { schemaController } from '../../../src/http/validation.ts'

t.test('answers of one schema share a serializer, whatever their route and status', async (t) => {
  const compile = schemaController.compilersFactory.buildSerializer({}, {})
  const answer = (url: string, type: string) =>
    compile({ method: 'GET', url, httpStatus: '200', schema: { type: 'object', properties: { a: { type } } } })
  t.equal(answer('/a', 'string'), answer('/b', 'string'))
  t.not(answer('/a', 'string'), answer('/a', 'number'))
  t.equal(answer('/b', 'number')({ a: 1, b: 2 }), '{"a":1}')
})
