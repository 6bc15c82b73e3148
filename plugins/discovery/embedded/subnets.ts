import type { NetworkInterfaceInfo } from 'node:os'
import ipaddr from 'ipaddr.js'
import { parseTargets, type Target } from '../../../src/targets.ts'

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

const MIN_PREFIX = 22

/** The machine's own addresses in private IPv4 networks, without loopback. */
export function privateAddresses(interfaces: Interfaces): NetworkInterfaceInfo[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((own) => own.family === 'IPv4' && !own.internal && ipaddr.IPv4.parse(own.address).range() === 'private')
}

/** The machine's own private subnets, each reduced to the /22 around the machine's address if it is wider. */
export function ownSubnets(interfaces: Interfaces): Target[] {
  const networks = privateAddresses(interfaces).map(({ address, netmask }) => {
    const prefix = Math.max(MIN_PREFIX, ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() ?? 32)
    return `${address}/${prefix}`
  })
  return parseTargets(networks.join(','))
}
