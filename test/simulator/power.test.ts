import t from 'tap'
import { ask, fleetOf, infoOf, minerOf, until } from './helper.ts'

t.test('each version answers a restart in its own words', async (t) => {
  const restart = async (profile: string) => ask(await minerOf(t, profile), 'POST', '/api/system/restart')
  await t.rejects(restart('v2.1.3'), { code: 'ECONNRESET' })
  const text = 'System will restart shortly.'
  t.match(await restart('v2.1.8'), { status: 200, text, headers: { 'content-type': 'text/html' } })
  t.match(await restart('v2.12.2'), { status: 200, text, headers: { 'content-type': 'text/plain' } })
  t.match(await restart('v2.15.3'), { text: `{"message":"${text}"}`, headers: { 'content-type': 'application/json' } })
  t.match(await restart('V1.0.37'), { status: 200, text, headers: { 'content-type': 'text/html' } })
})

t.test('after the answer other requests hang, then connections break, then uptime starts from zero', async (t) => {
  const miner = await minerOf(t, 'v2.12.2', { restartDelayMs: 100, bootTimeMs: 400 })
  const before = await infoOf(miner)
  t.equal((await ask(miner, 'POST', '/api/system/restart')).status, 200)
  await t.rejects(infoOf(miner), { code: 'ECONNRESET' }, 'asked during the pause')
  await t.rejects(infoOf(miner), { code: 'ECONNRESET' }, 'asked while it boots')
  const after = await until('it is back', () => infoOf(miner).catch(() => null))
  t.ok(Number(after['uptimeSeconds']) < 5 && Number(before['uptimeSeconds']) > 100)
  t.match(after, { sharesAccepted: 0, sharesRejected: 0 })
  t.equal(after['bestDiff'], before['bestDiff'])
})

t.test('a miner that is off breaks connections until it is on again', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  miner.powerOff()
  await t.rejects(infoOf(miner))
  miner.powerOn()
  t.ok(Number((await infoOf(miner))['uptimeSeconds']) < 5)
})

t.test('two miners can swap addresses, and the ARP table follows', async (t) => {
  const { readFile } = await import('node:fs/promises')
  const file = `${t.testdir()}/arp`
  const { miners, swap, miner } = await fleetOf(t, { devices: 2, profiles: ['v2.12.2'], arpTableFile: file })
  const [a, b] = miners
  if (!a || !b) throw new Error('the fleet has no two miners')
  const [ipA, ipB] = [a.ip, b.ip]
  swap(a.mac, b.mac)
  t.strictSame([a.ip, b.ip], [ipB, ipA])
  t.equal((await infoOf(a))['macAddr'], a.mac.toUpperCase())
  t.equal(miner(b.address).mac, b.mac)
  const table = await readFile(file, 'utf8')
  t.equal(table.split('\n')[0], 'IP address       HW type     Flags       HW address            Mask     Device')
  t.match(table, `\n${ipB.padEnd(16)} 0x1         0x2         ${a.mac}     *        lo\n`)
})

t.test('a miner can move to a free address, and is gone from the old one', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const { address } = miner
  miner.move('127.0.77.7')
  t.match(await infoOf(miner), { ipv4: '127.0.77.7' })
  await t.rejects(ask({ address }, 'GET', '/api/system/info'))
  t.throws(() => miner.move('192.168.1.1'), RangeError)
})

t.test('mining can be paused until the next boot', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.match(await ask(miner, 'POST', '/api/system/pause'), { text: '{"message":"Mining paused"}' })
  t.match(await infoOf(miner), { miningPaused: true, hashRate: 0, expectedHashrate: 0, actualFrequency: 50 })
  t.match(await ask(miner, 'POST', '/api/system/resume'), { text: '{"message":"Mining resumed"}' })
  t.match(await infoOf(miner), { miningPaused: false, actualFrequency: 525 })
  await ask(miner, 'POST', '/api/system/pause')
  miner.reboot(0)
  t.match(await infoOf(miner), { miningPaused: false })
})

t.test('identify toggles since v2.12, shutdown stops NerdQAxe', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  t.match((await ask(miner, 'POST', '/api/system/identify')).text, /says .*Hi!.* for 30 seconds/)
  t.match((await ask(miner, 'POST', '/api/system/identify')).text, /no longer/)
  t.equal((await ask(await minerOf(t, 'v2.11.0'), 'POST', '/api/system/identify')).status, 404)
  const nerd = await minerOf(t, 'V1.0.37')
  t.equal((await ask(nerd, 'POST', '/api/system/shutdown')).status, 200)
  t.match(await infoOf(nerd), { shutdown: true, hashRate: 0 })
})

t.test('statistics have a row per interval and the columns asked for', async (t) => {
  const answer = await ask(await minerOf(t, 'v2.15.3'), 'GET', '/api/system/statistics?columns=power,hashrate')
  const { labels, statistics } = JSON.parse(answer.text)
  t.strictSame(labels, ['hashrate', 'power', 'timestamp'])
  t.ok(statistics.length > 2 && statistics.length <= 720)
  t.equal(statistics[1][2] - statistics[0][2], 120_000)
  t.match(await ask(await minerOf(t, 'v2.10.1'), 'GET', '/api/system/statistics'), { text: /"statistics":\[\]/ })
})
