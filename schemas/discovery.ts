import { Type, type Static } from '@sinclair/typebox'
import { AddressSchema, MacSchema, pageQuery, ref } from './common.ts'
import { DiscoveredSchema } from './device.ts'

export const DiscoverQuerySchema = Type.Object({
  ip: Type.Optional(AddressSchema),
  mac: Type.Optional(MacSchema)
})
export type DiscoverQuery = Static<typeof DiscoverQuerySchema>

const PartialSchema = Type.Union(
  [Type.Literal('left'), Type.Literal('right'), Type.Literal('both'), Type.Literal('none')],
  {
    description:
      'How the values match: `left` at the end, `right` at the start, `both` anywhere (default), `none` only as a whole'
  }
)
export type Partiality = Static<typeof PartialSchema>

const list = (what: string) => Type.String({ description: `Comma-separated ${what}, whole or in part` })

/** Several values of one parameter widen the result, several parameters narrow it. */
export const DiscoveredQuerySchema = Type.Object({
  macs: Type.Optional(list('MAC addresses')),
  ips: Type.Optional(list('addresses')),
  hostnames: Type.Optional(list('host names')),
  partialMacs: Type.Optional(PartialSchema),
  partialIps: Type.Optional(PartialSchema),
  partialHostnames: Type.Optional(PartialSchema),
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of an address, a MAC or a host name' })),
  ...pageQuery(['firstSeen', 'ip', 'lastSeen', 'mac'], 'mac')
})
type DiscoveredListQuery = Static<typeof DiscoveredQuerySchema>
/** The part of the query that an external discovery service understands too. */
export type DiscoveredQuery = Omit<DiscoveredListQuery, 'limit' | 'cursor' | 'sort' | 'q'>

/** A `Device` with how and when it was found. */
export const DiscoveredComponent = Type.Object(
  {
    ...DiscoveredSchema.properties,
    info: Type.Unknown({ description: "The miner's answer to `GET /api/system/info`, without secrets" })
  },
  {
    $id: 'DiscoveredDevice',
    examples: [
      {
        mac: 'bc:dd:c2:8d:c8:4f',
        ip: '192.168.1.50',
        type: 'Gamma',
        info: { ASICModel: 'BM1370', hostname: 'bitaxe', hashRate: 1039.5, temp: 65.1 },
        source: 'sweep',
        firstSeen: '2026-09-20T08:01:12.000Z',
        lastSeen: '2026-09-23T12:16:23.000Z'
      }
    ]
  }
)
export const DiscoveredListSchema = Type.Array(ref(DiscoveredComponent))

/** The response of a search. Its headers say whether the list is complete, because existing clients expect a bare list. */
export const FoundListSchema = {
  description: 'The miners that were found',
  headers: {
    'x-discovery-complete': {
      type: 'string',
      enum: ['true', 'false'],
      description: '`false`: a part of the search failed, so miners may be missing'
    },
    'x-discovery-failed': {
      type: 'integer',
      description: 'Addresses that could not be asked, sources that failed and rows that could not be used'
    }
  },
  content: { 'application/json': { schema: DiscoveredListSchema } }
} as const

/** Removes empty parameters, in place: existing clients send `?ip=&mac=`. */
export function dropEmpty(query: unknown): void {
  const parameters = query as Record<string, unknown>
  for (const name in parameters) if (parameters[name] === '') Reflect.deleteProperty(parameters, name)
}
