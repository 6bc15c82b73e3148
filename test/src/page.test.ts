import t from 'tap'
import { pageOf } from '../../src/page.ts'

interface Row {
  id: string
  name: string | null
}
const row = (id: string, name: string | null = id): Row => ({ id, name })
const page = (list: Row[], query: { limit?: number; cursor?: string; sort?: string } = {}) =>
  pageOf(
    list,
    { sort: 'name', ...query },
    (item) => item.name,
    (item) => item.id
  )
const ids = (rows: Row[]) => rows.map(({ id }) => id).join('')

t.test('pages put together are the whole list, in order, each item once', async (t) => {
  const list = [...'hgfedcba'].map((id) => row(id, id < 'd' ? 'same' : id))
  for (const sort of ['name', '-name']) {
    let [seen, cursor]: [string, string | null] = ['', '']
    while (cursor !== null) {
      const part = page(list, { limit: 3, sort, ...(cursor && { cursor }) })
      t.equal(part.total, 8)
      seen += ids(part.items)
      cursor = part.nextCursor
    }
    t.equal(seen, ids(page(list, { sort }).items), sort)
    t.equal(seen.length, 8)
  }
})

t.test('a list that grows and shrinks between two pages neither repeats nor skips the items that stay', async (t) => {
  const first = page(
    [...'bdfh'].map((id) => row(id)),
    { limit: 2 }
  )
  t.equal(ids(first.items), 'bd')
  const second = page(
    [...'abcefgh'].map((id) => row(id)),
    { limit: 9, cursor: first.nextCursor ?? '' }
  )
  t.equal(ids(second.items), 'efgh')
})

t.test('items without a value come last in both directions', async (t) => {
  const list = [row('x', null), row('b'), row('a')]
  t.equal(ids(page(list).items), 'abx')
  t.equal(ids(page(list, { sort: '-name' }).items), 'bax')
})

t.test('a cursor of another list is a 400', async (t) => {
  for (const cursor of [
    'x',
    'bnVsbA',
    Buffer.from('["a"]').toString('base64url'),
    Buffer.from('[{},1]').toString('base64url')
  ]) {
    t.throws(() => page([row('a')], { cursor }), { code: 'PLUTO_INVALID_CURSOR', statusCode: 400 }, cursor)
  }
})
