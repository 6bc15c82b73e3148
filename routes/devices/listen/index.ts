import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DeviceNotFoundError } from '../../../src/errors.ts'
import { canonicalMac } from '../../../src/mac.ts'
import { DevicesAnswers, ListenBodySchema } from '../../../schemas/imprint.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { deviceHub, devices } = app

  app.put('/', { schema: { body: ListenBodySchema, response: DevicesAnswers } }, async ({ body }) => {
    const macs = new Set(body.macs.map(canonicalMac))
    const known = [...macs].filter((mac) => devices.get(mac))
    if (macs.size > 0 && known.length === 0) throw new DeviceNotFoundError([...macs].join(', '))
    await deviceHub.watchOnly(new Set(known))
    return { message: 'Listening to devices', data: devices.list((device) => macs.has(device.mac)) }
  })
}

export default routes
