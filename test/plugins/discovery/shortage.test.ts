import t, { type Test } from 'tap'
import { Backend } from '../../support/process.ts'
import { simulate, reach } from '../../helper.ts'
import { mac, minerAt, discoveryApp, serviceAt, directoryWith } from './helper.ts'
import { ShortageError } from '../../../src/errors/limits.ts'
import { build } from '../../helper.ts'

const MINERS = 300

/** A backend with few file descriptors, which can reach a fleet. */
async function shortOfDescriptors(t: Test, descriptors: number) {
  const fleet = await simulate(t, { profiles: ['gamma-601-v2.1'], devices: MINERS })
  const { DISCOVERY_NETWORKS = '' } = reach(fleet)
  const settings = {
    DATA_DIR: t.testdir(),
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS,
    DISCOVERY_CONCURRENCY: '1024'
  }
  const wrapper = ['prlimit', `--nofile=${descriptors}:${descriptors}`]
  return new Backend(t, settings, 'src/server.ts', wrapper)
}

t.test('P41: short of file descriptors, a search still finds every miner', async (t) => {
  const backend = await shortOfDescriptors(t, 110)
  const response = await fetch(`${await backend.url()}/devices/discover`)
  const rows = (await response.json()) as unknown[]
  t.equal(response.status, 200)
  t.equal(response.headers.get('x-discovery-complete'), 'true')
  t.equal(rows.length, MINERS)
  t.match(backend.lines.join('\n'), /ran out of a resource/)
})

/** Lets the first `failures` probes of each address fail for want of a descriptor. */
async function failing(t: Test, addresses: string[], failures: number) {
  const { app, discovery, logs } = await discoveryApp(t, { DISCOVERY_NETWORKS: addresses.join(',') })
  const asked = new Map<string, number>()
  const { readInfo } = app.axeos
  app.axeos.readInfo = async (address, options) => {
    const times = (asked.get(address.text) ?? 0) + 1
    asked.set(address.text, times)
    if (times <= failures) throw new ShortageError(address.text, 'EMFILE')
    return readInfo(address, options)
  }
  return { app, discovery, logs, asked }
}

t.test('P41: a probe that fails for want of a resource of this machine is repeated', async (t) => {
  const miner = await minerAt(t, '127.86.0.1', { macAddr: mac(1) })
  const { discovery, asked } = await failing(t, [miner.address], 3)
  t.match(await discovery.search({}), { rows: [{ mac: mac(1) }], failed: 0 })
  t.equal(asked.get(miner.address), 4)
})

t.test('P41: what could not be asked in the end is counted, and said in the log', async (t) => {
  const { discovery, logs } = await failing(t, ['127.86.1.1:9', '127.86.1.2:9'], Infinity)
  t.strictSame(await discovery.search({}), { rows: [], failed: 2 })
  t.ok(logs.some(({ msg, failed }) => msg === 'discovery: the search is incomplete' && failed === 2))
})

t.test('P41: a source that failed makes a search incomplete', async (t) => {
  const miner = await minerAt(t, '127.86.2.1', { macAddr: mac(1) })
  const mdns = { interface: '127.0.0.1.invalid', port: 5398, waitMs: 10 }
  const failed = await discoveryApp(t, { DISCOVERY_NETWORKS: miner.address, DISCOVERY_MDNS: true }, { mdns })
  t.match(await failed.discovery.search({}), { rows: { length: 1 }, failed: 1 })
})

t.test('P41: an ARP table that cannot be read makes a search incomplete', async (t) => {
  const miner = await minerAt(t, '127.86.5.1', { macAddr: mac(1) })
  const directory = directoryWith(t, '')
  const arp = await discoveryApp(t, { ...directory, ARP_TABLE_FILE: t.testdirName, DISCOVERY_NETWORKS: miner.address })
  t.match(await arp.discovery.search({}), { rows: { length: 1 }, failed: 1 }, 'the ARP table cannot be read')
})

t.test('P41: the headers of a search say how much of it failed', async (t) => {
  const service = await serviceAt(t, [{ ip: '127.86.3.1', mac: mac(1) }, { ip: 'nowhere' }, null])
  const app = await build(t, {
    DISCOVERY_SERVICE_HOST: `http://${service.address}`,
    CORS_ORIGINS: 'http://frontend.local'
  })
  const { headers } = await app.inject({ url: '/devices/discover', headers: { origin: 'http://frontend.local' } })
  t.match(headers, { 'x-discovery-complete': 'false', 'x-discovery-failed': '2' })
  t.match(headers['access-control-expose-headers'], /x-discovery-complete.*x-discovery-failed/i)
  const complete = await build(t, { DISCOVERY_NETWORKS: '127.86.4.1:9' })
  const response = await complete.inject('/devices/discover')
  t.equal(response.headers['x-discovery-complete'], 'true')
  t.notOk('x-discovery-failed' in response.headers)
})
