import type { FastifyInstance } from 'fastify'
import { canonicalMac } from '../../src/mac.ts'
import type { AuditEntry, AuditQuery } from '../../schemas/audit.ts'

/** Makes the test whether an entry is what a query asks for. An operation is about each of its devices, however many. */
export async function createMatch({ operations, operationRows }: FastifyInstance['db'], query: AuditQuery) {
  const { mac: given = '', actor, action = '', since, until } = query
  const mac = canonicalMac(given)
  const ids = operations.list().map(({ id }) => id)
  const about = new Set(mac === '' ? [] : await operationRows.groupsWith(ids, mac))
  const part = action.toLowerCase()
  const [from, to] = [since ? Date.parse(since) : -Infinity, until ? Date.parse(until) : Infinity]

  return (entry: AuditEntry): boolean => {
    const at = Date.parse(entry.at)
    return (
      (mac === '' || entry.devices.includes(mac) || about.has(entry.operation ?? '')) &&
      (actor === undefined || entry.actor === actor) &&
      `${entry.action}\n${entry.operationId ?? ''}`.toLowerCase().includes(part) &&
      at >= from &&
      at <= to
    )
  }
}
