import { brotliDecompressSync } from 'node:zlib'
import t from 'tap'
import { watchFleet } from '../../helper.ts'

interface ListAnswer {
  data: { ip: string }[]
  total: number
  nextCursor: string | null
}

const profiles = ['v2.12.2', 'v2.15.3', 'LTS', 'suprahex']

t.test('a list is cut into pages that hold every device once', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 7, profiles }, { AUTO_LISTEN: false })
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const url: string = `/devices/imprint?limit=3&sort=ip${cursor && `&cursor=${cursor}`}`
    const { data, total, nextCursor } = (await app.inject(url)).json<ListAnswer>()
    t.equal(total, 7)
    seen.push(...data.map((device) => device.ip))
    cursor = nextCursor
  }
  t.same(
    seen,
    fleet.miners.map((miner) => miner.address)
  )
})

t.test('a list is narrowed by state and model, and answers only the fields that are asked for', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 8, profiles })
  const hex = fleet.miners.filter((miner) => miner.profile.includes('suprahex')).map((miner) => miner.mac)
  const answer = await app.inject('/devices/imprint?model=suprahex&state=online&fields=ip,state&sort=mac')
  t.same(
    answer.json().data,
    [...hex].sort().map((mac) => ({ mac, ip: app.devices.require(mac).ip, state: 'online' }))
  )
  t.equal((await app.inject('/devices/imprint?state=offline')).json().data.length, 0)
})

for (const [query, field] of [
  ['limit=0', 'limit'],
  ['limit=abc', 'limit'],
  ['limit=1001', 'limit'],
  ['sort=info', 'sort'],
  ['state=dead', 'state'],
  ['fields=mac,secret', 'fields'],
  ['cursor=nonsense', 'cursor']
]) {
  t.test(`${query} is a 400 that names ${field}`, async (t) => {
    const { app } = await watchFleet(t, { devices: 1 }, { AUTO_LISTEN: false })
    for (const path of field === 'state' || field === 'fields' ? ['imprint'] : ['imprint', 'discovered']) {
      const answer = await app.inject(`/devices/${path}?${query}`)
      t.equal(answer.statusCode, 400, path)
      t.match(answer.json().message, field)
    }
  })
}

t.test('the discovered devices are paged by headers, since their answer is a bare array', async (t) => {
  const { app } = await watchFleet(t, { devices: 5 }, { AUTO_LISTEN: false })
  const first = await app.inject('/devices/discovered?limit=3')
  t.equal(first.json().length, 3)
  t.equal(first.headers['x-total-count'], '5')
  const second = await app.inject(`/devices/discovered?limit=3&cursor=${first.headers['x-next-cursor']}`)
  t.equal(second.json().length, 2)
  t.notOk(second.headers['x-next-cursor'])
})

t.test('a list or a device that has not changed is a 304, and a changed one is not', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { AUTO_LISTEN: false })
  const mac = fleet.miners[0]?.mac ?? ''
  const urls = ['/devices/imprint', '/devices/imprint?limit=2', `/devices/imprint/${mac}`]
  const first = await Promise.all(urls.map((url) => app.inject(url)))
  const asked = urls.map((url, i) => ({ url, headers: { 'if-none-match': String(first[i]?.headers.etag) } }))
  for (const { url, headers } of asked) {
    t.match(headers['if-none-match'], /^W\//, `${url}: it may be compressed on its way`)
    const again = await app.inject({ url, headers })
    t.equal(again.statusCode, 304, url)
    t.equal(again.body, '')
  }
  await app.devices.edit(mac, { type: 'changed' })
  for (const question of asked) t.equal((await app.inject(question)).statusCode, 200, question.url)
})

t.test('a large answer is compressed for those who take it', async (t) => {
  const { app } = await watchFleet(t, { devices: 10 }, { AUTO_LISTEN: false })
  const plain = await app.inject('/devices/imprint')
  const packed = await app.inject({ url: '/devices/imprint', headers: { 'accept-encoding': 'br' } })
  t.equal(packed.headers['content-encoding'], 'br')
  t.ok(packed.rawPayload.length < plain.rawPayload.length / 4)
  t.equal(brotliDecompressSync(packed.rawPayload).toString(), plain.body)
})
