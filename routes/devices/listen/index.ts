import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DeviceNotFoundError } from '../../../src/errors/requests.ts'
import { canonicalMac, formatMacs } from '../../../src/mac.ts'
import { failures } from '../../../schemas/common.ts'
import { DevicesAnswer, ListenBodySchema } from '../../../schemas/imprint.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { deviceHub, devices, logs } = app

  const schema = {
    operationId: 'listenToDevices',
    summary: 'Choose the devices to monitor',
    description:
      'Replaces the set of monitored devices. With `traceLogs` their log streams stay open as well; without it a log stream closes when its last viewer leaves. Of several calls the last one wins.',
    tags: ['devices'],
    body: ListenBodySchema,
    response: { 200: DevicesAnswer, ...failures(404) }
  }
  app.put('/', { schema }, async ({ body }) => {
    const macs = new Set(body.macs.map(canonicalMac))
    const known = [...macs].filter((mac) => devices.get(mac))
    if (macs.size > 0 && known.length === 0) throw new DeviceNotFoundError(formatMacs([...macs]))
    logs.setTraced(body.traceLogs ? known : [])
    await deviceHub.watchOnly(new Set(known))
    return { message: 'Listening to devices', data: devices.list((device) => macs.has(device.mac)) }
  })
}

export default routes
