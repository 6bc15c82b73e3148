import t from 'tap'
import { Decoder, Encoder, PacketType, type Packet } from 'socket.io-parser'
import { DeviceEncoder } from '../../../plugins/realtime/encoder.ts'

const device = {
  mac: '02:00:00:00:00:01',
  ip: '10.0.0.1',
  info: { hostname: 'bit"axe ä 🦀', temp: 60.5 },
  tracing: true
}
const EVENT = { type: PacketType.EVENT, nsp: '/' }

t.test("every packet equals that of Socket.IO's own encoder", async (t) => {
  const packets: Record<string, Packet> = {
    update: { ...EVENT, data: ['stat_update', device] },
    'update that wants an answer': { ...EVENT, data: ['stat_update', device], id: 0 },
    'update of another namespace': { ...EVENT, nsp: '/other', data: ['stat_update', device] },
    'update with more than a device': { ...EVENT, data: ['stat_update', device, 1] },
    'update with no device': { ...EVENT, data: ['stat_update', null] },
    'another event': { ...EVENT, data: ['logs_update', { ...device, info: 'a line' }] },
    'binary data': { ...EVENT, data: ['file', Buffer.from('x')] },
    answer: { type: PacketType.ACK, nsp: '/', data: [{ ok: true }], id: 3 },
    connect: { type: PacketType.CONNECT, nsp: '/', data: { sid: 'x' } }
  }
  for (const [name, packet] of Object.entries(packets))
    t.same(new DeviceEncoder().encode({ ...packet }), new Encoder().encode({ ...packet }), name)
})

t.test('encoding the same device twice gives the same packet, which can be decoded', async (t) => {
  const encoder = new DeviceEncoder()
  const [once] = encoder.encode({ ...EVENT, data: ['stat_update', device] })
  t.same(encoder.encode({ ...EVENT, data: ['stat_update', device] }), [once])
  const decoder = new Decoder()
  const read = new Promise((resolve) => decoder.on('decoded', resolve))
  decoder.add(once)
  t.match(await read, { ...EVENT, data: ['stat_update', device] })
})
