import t from 'tap'
import { Attached } from '../../src/attached.ts'

t.test('a value is found at its object, is not part of it, and can be replaced', async (t) => {
  const sizes = new Attached<object, number>('size')
  const owner = { a: 1 }
  t.equal(sizes.get(owner), undefined)
  sizes.set(owner, 1)
  sizes.set(owner, 2)
  t.equal(sizes.get(owner), 2)
  t.equal(sizes.get({ ...owner }), undefined, 'a copy does not take it along')
  t.equal(JSON.stringify(owner), '{"a":1}')
  t.same(Object.entries(owner), [['a', 1]])
})

t.test('two attachments with the same name keep their values apart', async (t) => {
  const [one, other] = [new Attached<object, number>('size'), new Attached<object, number>('size')]
  const owner = {}
  one.set(owner, 1)
  t.equal(other.get(owner), undefined)
})
