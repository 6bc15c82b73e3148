import type { FastifyInstance } from 'fastify'
import { canonicalMac } from '../../src/mac.ts'
import type { AuditEntry, AuditQuery } from '../../schemas/audit.ts'

/** Creates the filter of a query. An entry about an operation matches each MAC of that operation. */
export async function createFilter({ operations, operationRows }: FastifyInstance['db'], query: AuditQuery) {
  const { mac: given = '', actor, action = '', since, until } = query
  const mac = canonicalMac(given)
  const ids = operations.list().map(({ id }) => id)
  const operationsOfMac = new Set(mac === '' ? [] : await operationRows.groupsWith(ids, mac))
  const part = action.toLowerCase()
  const [from, to] = [since ? Date.parse(since) : -Infinity, until ? Date.parse(until) : Infinity]

  return (entry: AuditEntry): boolean => {
    const at = Date.parse(entry.at)
    return (
      (mac === '' || entry.devices.includes(mac) || operationsOfMac.has(entry.operation ?? '')) &&
      (actor === undefined || entry.actor === actor) &&
      `${entry.action}\n${entry.operationId ?? ''}`.toLowerCase().includes(part) &&
      at >= from &&
      at <= to
    )
  }
}
