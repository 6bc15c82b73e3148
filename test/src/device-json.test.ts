import t from 'tap'
import { devicesToJson } from '../../src/device-json.ts'

const info = { hostname: 'bit"axe ä', hashRate: 1.5, deep: [null, { a: [] }] }
const mac = '02:00:00:00:00:01'
const parse = async (answer: Parameters<typeof devicesToJson>[0]): Promise<unknown> =>
  JSON.parse((await devicesToJson(answer)).body.toString())

t.test('a list that is assembled from pieces is the JSON of the whole', async (t) => {
  const device = { mac, info, state: 'online' as const }
  for (const data of [[], [device], [device, { mac }, { ...device, mac: '02:00:00:00:00:02' }], [{ info }]])
    for (const rest of [{}, { message: 'x', total: 3, nextCursor: null }])
      t.same(await parse({ ...rest, data }), { ...rest, data })
})

t.test('a newer answer of the miner is listed at once', async (t) => {
  const before = { mac, info }
  t.same(await parse({ data: [before] }), { data: [before] })
  const after = { mac, info: { ...info, hashRate: 2 } }
  t.same(await parse({ data: [after] }), { data: [after] })
})

t.test(
  'the ETag changes with each piece of the answer, with their order and number, and with nothing else',
  async (t) => {
    const etagOf = async (answer: Parameters<typeof devicesToJson>[0]) => (await devicesToJson(answer)).etag
    const [one, other] = [
      { mac, info },
      { mac: '02:00:00:00:00:02', info }
    ]
    const first = await etagOf({ data: [one, other] })
    t.match(first, /^W\/"[\w+/]{27}="$/)
    t.equal(await etagOf({ data: [{ ...one }, { ...other }] }), first, 'the same answer again')
    const answers = [
      { data: [other, one] },
      { data: [one] },
      { data: [one, other, other] },
      { data: [one, { ...other, info: { ...info, hashRate: 2 } }] },
      { data: [one, other], total: 2 },
      { data: [] }
    ]
    const etags = await Promise.all(answers.map(etagOf))
    t.equal(new Set([first, ...etags]).size, answers.length + 1)
  }
)
