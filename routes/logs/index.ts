import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { UpgradeRequiredError } from '../../src/errors/requests.ts'
import { canonicalMac } from '../../src/mac.ts'
import { splitList } from '../../src/network.ts'
import { failures } from '../../schemas/common.ts'
import { FleetStreamQuerySchema } from '../../schemas/log.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices, logs } = app

  const schema = {
    operationId: 'streamFleetLogs',
    summary: 'Stream the logs of several miners',
    description:
      'A WebSocket. Without `macs` it sends the lines of all monitored devices, including those added later.',
    tags: ['logs'],
    querystring: FleetStreamQuerySchema,
    response: failures(404, 426)
  }
  app.route({
    method: 'GET',
    url: '/stream',
    schema,
    preHandler: async ({ query: { macs = '' } }) => {
      macsOf(macs).forEach(devices.require)
      logs.checkCapacity()
    },
    handler: async () => {
      throw new UpgradeRequiredError()
    },
    wsHandler(socket, { query: { macs, after = '', ...filter } }) {
      logs.stream(socket, { macs: macs === undefined ? null : macsOf(macs), filter, after: cursorsOf(after) })
    }
  })
}

const macsOf = (list: string) => [...new Set(splitList(list).map(canonicalMac))]

/** Parses `mac:seq,mac:seq`: the last colon separates the two. */
function cursorsOf(list: string): Map<string, number> {
  return new Map(
    splitList(list).map((text) => {
      const at = text.lastIndexOf(':')
      return [canonicalMac(text.slice(0, at)), Number(text.slice(at + 1))]
    })
  )
}

export default routes
