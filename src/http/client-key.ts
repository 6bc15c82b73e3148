import ipaddr from 'ipaddr.js'

/**
 * The key under which a client's address is counted: an IPv4 address as it is, also when it is written as IPv6, and an IPv6
 * address by its /64, because one machine has all of them. Link-local addresses count one by one: a whole network shares
 * their /64.
 */
export function clientKeyOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4' || address.range() === 'linkLocal') return address.toString()
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toString().replace(/%.*$/, '')}/64`)
  return `${network.toString()}/64`
}
