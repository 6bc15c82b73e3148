import t from 'tap'
import type { NetworkInterfaceInfo } from 'node:os'
import { ownSubnets } from '../../../plugins/discovery/embedded/subnets.ts'
import { hostsOf } from '../../../src/targets.ts'

const own = (address: string, netmask: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask,
  internal,
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  cidr: null
})

const range = (address: string, netmask: string) =>
  ownSubnets({ eth0: [own(address, netmask)] }).map((target) => {
    const hosts = target.kind === 'network' ? [...hostsOf(target)] : []
    return [hosts.at(0), hosts.at(-1), hosts.length, target.port]
  })

t.test("the machine's own subnet is swept from its first to its last host", async (t) => {
  t.strictSame(range('192.168.1.7', '255.255.255.0'), [['192.168.1.1', '192.168.1.254', 254, 80]])
})

t.test('a wide subnet is swept as far as the /22 around the own address', async (t) => {
  t.strictSame(range('10.20.30.40', '255.0.0.0'), [['10.20.28.1', '10.20.31.254', 1022, 80]])
})

t.test('loopback, public and IPv6 networks are not swept unasked', async (t) => {
  const interfaces = {
    lo: [own('127.0.0.1', '255.0.0.0', true), own('10.0.0.1', '255.255.255.255', true)],
    eth0: [own('203.0.113.5', '255.255.255.0'), { ...own('fd00::2', 'ffff::'), family: 'IPv6' as const, scopeid: 0 }],
    none: undefined
  }
  t.strictSame(ownSubnets(interfaces), [])
})
