import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { inSlices } from '../../../src/page.ts'
import { Envelope } from '../../../schemas/common.ts'
import { DeviceComponent } from '../../../schemas/device.ts'
import { DriftComponent } from '../../../schemas/settings.ts'

const params = Type.Object({ presetId: Type.String({ format: 'uuid' }) })
const DeviceWithDriftSchema = Type.Object({ ...DeviceComponent.properties, ...DriftComponent.properties })

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { commands, devices } = app

  const schema = {
    operationId: 'listDevicesOfPreset',
    summary: 'List the devices that use a preset',
    description: 'Each device comes with the fields in which its last reading differs from the preset.',
    tags: ['presets'],
    params,
    response: { 200: Envelope(Type.Array(DeviceWithDriftSchema)) }
  }
  app.get('/:presetId', { schema }, async ({ params: { presetId } }) => {
    const data = []
    for await (const device of inSlices(devices.list((device) => device.presetUuid === presetId)))
      data.push({ ...device, ...commands.driftOf(device.mac, presetId) })
    return { message: 'Devices that use the preset', data }
  })
}

export default routes
