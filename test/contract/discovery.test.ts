import t from 'tap'
import { MAC, start, type Device } from './helper.ts'

const hostnames = ['attic-one', 'attic-two', 'one-cellar']

t.test('GET /devices/discover finds by address, by MAC and everywhere, as a bare list', async (t) => {
  const { send, fleet } = await start(t, { devices: 3, hostnames })
  const [miner, other] = fleet.miners
  const found = async (query: string) => {
    const { status, body } = await send<Device[]>('GET', `/devices/discover${query}`)
    t.equal(status, 200, query)
    return body.map(({ mac }) => mac)
  }
  t.same(await found(`?ip=${miner?.address}`), [miner?.mac])
  t.same(await found(`?ip=${miner?.address}&mac=${miner?.mac}`), [miner?.mac])
  t.same(await found(`?ip=${miner?.address}&mac=${other?.mac}`), [])
  t.same(await found(`?mac=${other?.mac}`), [other?.mac])
  t.same(await found('?mac=aa:bb:cc:dd:ee:ff'), [])
  for (const all of ['', '?ip=&mac=']) t.equal((await found(all)).length, 3, all)
  t.match(await send('GET', `/devices/discover?ip=${miner?.address}`), {
    body: [{ mac: MAC, ip: miner?.address, type: String, info: { hostname: 'attic-one' } }]
  })
})

t.test('GET /devices/discovered matches the left, the right, both or none of what is given', async (t) => {
  const { send, fleet, macs } = await start(t, { devices: 3, hostnames })
  t.same((await send('GET', '/devices/discovered')).body, [])
  await send('GET', '/devices/discover')
  const [one, two, three] = fleet.miners
  const found = async (query: string) => {
    const { status, body } = await send<Device[]>('GET', `/devices/discovered?${query}`)
    t.equal(status, 200, query)
    return body.map(({ info }) => String(info['hostname'])).sort()
  }
  t.same(await found(''), hostnames)
  t.same(await found('macs=&ips=&hostnames=&partialMacs=both&partialIps=both&partialHostnames=both'), hostnames)
  t.same(await found('hostnames=one'), ['attic-one', 'one-cellar'], 'both is the default')
  t.same(await found('hostnames=one&partialHostnames=both'), ['attic-one', 'one-cellar'])
  t.same(await found('hostnames=one&partialHostnames=left'), ['attic-one'], 'left ends with')
  t.same(await found('hostnames=one&partialHostnames=right'), ['one-cellar'], 'right starts with')
  t.same(await found('hostnames=one&partialHostnames=none'), [])
  t.same(await found('hostnames=one-cellar,attic-two&partialHostnames=none'), ['attic-two', 'one-cellar'])
  t.same(await found(`macs=${two?.mac.slice(-5)}&partialMacs=left`), ['attic-two'])
  t.same(await found(`macs=${two?.mac.slice(-5)}&partialMacs=none`), [])
  t.same(await found(`macs=${two?.mac.slice(-5).toUpperCase().replace(':', '-')}`), ['attic-two'])
  t.same(await found(`macs=${two?.mac.slice(0, 8)}&partialMacs=right`), hostnames)
  t.same(await found(`macs=${macs[0]},${macs[2]}&partialMacs=none`), ['attic-one', 'one-cellar'])
  t.same(await found(`ips=${one?.address}&partialIps=none`), ['attic-one'])
  t.same(await found(`ips=${three?.address.slice(3)}&partialIps=left`), ['one-cellar'])
  t.same(await found('ips=127.&partialIps=right'), hostnames)
  t.same(await found(`ips=127.&partialIps=right&hostnames=two`), ['attic-two'])
})
