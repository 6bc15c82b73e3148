import t from 'tap'
import { canonicalMac, normalizeMac } from '../../src/mac.ts'
import { parseAddress, parseNetworks } from '../../src/network.ts'
import { hostsOf, parseTargets } from '../../src/targets.ts'

t.test('a MAC is accepted in any case with either separator and has one canonical form', async (t) => {
  for (const mac of ['BC:DD:C2:8D:C8:4F', 'bc-dd-c2-8d-c8-4f', 'bc:DD:c2:8d:C8:4f']) {
    t.equal(normalizeMac(mac), 'bc:dd:c2:8d:c8:4f')
    t.equal(canonicalMac(mac), 'bc:dd:c2:8d:c8:4f')
  }
})

t.test('P04 an invalid hardware address never becomes an identity', async (t) => {
  for (const mac of ['unknown', '', 'ee:0', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'bc:dd-c2:8d:c8:4f', null, 42]) {
    t.equal(normalizeMac(mac), null, String(mac))
  }
})

t.test('an address has one spelling, with the port unless it is 80', async (t) => {
  t.match(parseAddress('192.168.1.20'), { host: '192.168.1.20', port: 80, text: '192.168.1.20' })
  t.match(parseAddress('192.168.1.20:80'), { text: '192.168.1.20' })
  t.match(parseAddress('192.168.1.20:8001'), { port: 8001, text: '192.168.1.20:8001' })
})

t.test('P31 only a plain IPv4 address is accepted as one', async (t) => {
  const hostile = ['evil.example/x?', '0x7f.0.0.1', '0177.0.0.1', '127.1', '2130706433', '10.0.0.1/..', '10.0.0.1@evil']
  for (const text of [
    ...hostile,
    '010.0.0.1',
    '10.0.0.010',
    '10.0.0.256',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '[::1]',
    '',
    ' 10.0.0.1'
  ]) {
    t.equal(parseAddress(text), null, text)
  }
})

t.test('networks contain exactly their addresses', async (t) => {
  const networks = parseNetworks('10.0.0.0/8, 192.168.1.64/26,172.16.0.9')
  for (const host of ['10.255.0.1', '192.168.1.64', '192.168.1.127', '172.16.0.9']) t.ok(networks.contains(host), host)
  for (const host of ['11.0.0.1', '192.168.1.63', '192.168.1.128', '172.16.0.8']) t.notOk(networks.contains(host), host)
})

t.test('targets are networks with or without a port, and single hosts by address or name', async (t) => {
  const [network, custom, single, named] = parseTargets('192.168.1.0/30,127.0.1.0/24:8001,10.0.0.5,miner.local:81')
  t.same(network?.kind === 'network' && [...hostsOf(network)], ['192.168.1.1', '192.168.1.2'])
  t.match(custom, { port: 8001, count: 254 })
  t.same(single, { kind: 'host', host: '10.0.0.5', port: 80 })
  t.same(named, { kind: 'host', host: 'miner.local', port: 81 })
})
