import t from 'tap'
import { build } from '../../helper.ts'
import { mac, minerAt } from '../../plugins/discovery/helper.ts'

t.test('GET /devices/discovered lists what was found before, without a request', async (t) => {
  const one = await minerAt(t, '127.84.0.1', { macAddr: mac(1), hostname: 'attic' })
  const two = await minerAt(t, '127.84.0.2', { macAddr: mac(2), hostname: 'bitaxe' })
  const app = await build(t, { DISCOVERY_NETWORKS: `${one.address},${two.address}` })
  t.strictSame((await app.inject('/devices/discovered')).json(), [], 'at first')
  await app.inject('/devices/discover')

  const macs = async (query: string) => {
    const rows: { mac: string }[] = (await app.inject(`/devices/discovered?${query}`)).json()
    return rows.map((row) => row.mac).sort()
  }
  t.strictSame(await macs(''), [mac(1), mac(2)])
  t.strictSame(await macs('macs=&ips=&hostnames=&partialMacs=&partialIps=&partialHostnames='), [mac(1), mac(2)])
  t.strictSame(await macs('hostnames=ATT'), [mac(1)])
  t.strictSame(await macs('macs=00-02&partialMacs=left'), [mac(2)])
  t.strictSame(await macs('ips=127.84.0.2&partialIps=right'), [mac(2)])
  t.strictSame(await macs(`macs=${mac(1)},${mac(2)}&hostnames=bitaxe&partialMacs=none`), [mac(2)])
  t.strictSame([one.requests.length, two.requests.length], [1, 1])
})

t.test('GET /devices/discovered answers the whole info of a miner, less its secrets', async (t) => {
  const miner = await minerAt(t, '127.84.1.1', { macAddr: mac(1), newField: null, stratumPassword: 'hunter2' })
  const app = await build(t)
  await app.inject(`/devices/discover?ip=${miner.address}`)
  const response = await app.inject('/devices/discovered')
  t.match(response.json(), [{ mac: mac(1), ip: miner.address, info: { newField: null, ASICModel: 'BM1370' } }])
  t.notMatch(response.body, 'hunter2')
})

t.test('GET /devices/discovered refuses a way to match that it does not know, and names the field', async (t) => {
  const app = await build(t)
  const response = await app.inject('/devices/discovered?macs=ee&partialMacs=middle')
  t.match(response.json(), { statusCode: 400, message: /partialMacs/ })
})
