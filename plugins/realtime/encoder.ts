import { Encoder, PacketType, type Packet } from 'socket.io-parser'
import { deviceToJson } from '../../src/device-json.ts'
import type { ServerPayload } from '../../schemas/events.ts'

/**
 * Socket.IO's encoder, with a shortcut for `stat_update`, of which 1,000 devices send 200 a second. It reuses the JSON that
 * lists contain, and does not search each reading for binary data, which it never contains. A poll that is sent to 20
 * clients and listed takes 340 µs that way instead of 380.
 */
export class DeviceEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    return isStatUpdate(packet)
      ? [`${packet.type}["stat_update",${deviceToJson(packet.data[1])}]`]
      : super.encode(packet)
  }
}

type StatUpdate = Packet & { data: ['stat_update', ServerPayload<'stat_update'>] }

function isStatUpdate(packet: Packet): packet is StatUpdate {
  const { type, nsp, id, data } = packet as Packet & { data: unknown }
  if (type !== PacketType.EVENT || nsp !== '/' || id !== undefined || !Array.isArray(data)) return false
  return data[0] === 'stat_update' && data.length === 2 && typeof data[1] === 'object' && data[1] !== null
}
