import t from 'tap'
import { matchDiscovered } from '../../../plugins/discovery/match.ts'
import type { DiscoveredQuery } from '../../../schemas/discovery.ts'

const row = (mac: string, ip: string, hostname: unknown, lastSeen = '2026-01-01T00:00:00.000Z') => ({
  mac,
  ip,
  type: 'Gamma',
  info: { hostname },
  source: 'sweep',
  firstSeen: '2026-01-01T00:00:00.000Z',
  lastSeen
})

const rows = [
  row('bc:dd:c2:00:ee:01', '192.168.1.20', 'bitaxe'),
  row('bc:dd:c2:00:ff:02', '192.168.1.120', 'Bitaxe-Attic'),
  row('aa:dd:c2:00:ee:0b', '192.168.1.12:8001', 'nerdqaxe'),
  row('aa:dd:c2:00:ee:0c', '10.0.0.20', undefined)
]

const found = (query: DiscoveredQuery) => matchDiscovered(rows, query).map(({ mac }) => mac.slice(-2))

t.test('no criterion lists every miner', async (t) => {
  t.strictSame(found({}), ['01', '02', '0b', '0c'])
  t.strictSame(found({ macs: '', ips: '', hostnames: '' }), ['01', '02', '0b', '0c'])
})

t.test('a criterion that names nothing finds nothing', async (t) => {
  t.strictSame(found({ macs: ' , ' }), [])
})

t.test('a fragment is looked for anywhere, unless the query says where', async (t) => {
  t.strictSame(found({ macs: 'ee:0' }), ['01', '0b', '0c'])
  t.strictSame(found({ macs: 'aa:dd', partialMacs: 'right' }), ['0b', '0c'])
  t.strictSame(found({ macs: '0c', partialMacs: 'left' }), ['0c'])
  t.strictSame(found({ ips: '192.168.1.12', partialIps: 'right' }), ['02', '0b'])
  t.strictSame(found({ ips: '.20', partialIps: 'left' }), ['01', '0c'])
  t.strictSame(found({ ips: '.12', partialIps: 'left' }), ['0b'], 'with any port')
  t.strictSame(found({ hostnames: 'axe' }), ['01', '02', '0b'])
  t.strictSame(found({ hostnames: 'attic', partialHostnames: 'left' }), ['02'])
})

t.test('P05 an exact query finds only exact matches', async (t) => {
  t.strictSame(found({ macs: 'ee:0', partialMacs: 'none' }), [])
  t.strictSame(found({ macs: 'bc:dd:c2:00:ee:01', partialMacs: 'none' }), ['01'])
  t.strictSame(found({ ips: '192.168.1.12', partialIps: 'none' }), [], 'another port is another miner')
  t.strictSame(found({ ips: '192.168.1.20:80', partialIps: 'none' }), ['01'], 'port 80 need not be said')
  t.strictSame(found({ hostnames: 'bitaxe', partialHostnames: 'none' }), ['01'])
})

t.test('a MAC is recognised in any case and with any separator', async (t) => {
  for (const macs of ['BC-DD-C2-00-EE-01', 'bcddc200ee01', 'BCDD.C200.EE01', ' bc:dd:c2:00:EE:01 '])
    t.strictSame(found({ macs, partialMacs: 'none' }), ['01'], macs)
  t.strictSame(found({ macs: 'EE-0' }), ['01', '0b', '0c'])
})

t.test('one match of a kind is enough, and kinds narrow each other', async (t) => {
  t.strictSame(found({ macs: 'ff:02,ee:0c' }), ['02', '0c'])
  t.strictSame(found({ macs: 'ee', hostnames: 'nerd,attic' }), ['0b'])
})

t.test('an address finds only the miner that was last seen there', async (t) => {
  const moved = row('bc:dd:c2:00:ee:01', '192.168.1.20', 'old', '2026-01-01T00:00:00.000Z')
  const there = row('bc:dd:c2:00:ee:02', '192.168.1.20', 'new', '2026-01-02T00:00:00.000Z')
  for (const history of [
    [moved, there],
    [there, moved]
  ]) {
    t.strictSame(matchDiscovered(history, { ips: '192.168.1.20' }), [there])
    t.equal(matchDiscovered(history, { macs: 'ee:01' }).length, 1, 'the other is history that is still found by MAC')
  }
})
