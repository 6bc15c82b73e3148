import t from 'tap'
import { createBus } from '../../src/bus.ts'

t.test('a listener that throws is reported and reaches neither the emitter nor the other listeners', async (t) => {
  const reported: unknown[] = []
  const heard: string[] = []
  const bus = createBus((error, event) => reported.push([String(error), event]))
  bus.on('device.watched', () => {
    throw new Error('boom')
  })
  bus.on('device.watched', ({ mac }) => heard.push(mac))
  bus.emit('device.watched', { mac: 'bc:dd:c2:00:00:01' })
  t.same(heard, ['bc:dd:c2:00:00:01'])
  t.same(reported, [['Error: boom', 'device.watched']])
})

t.test('a removed listener receives no more events', async (t) => {
  const heard: string[] = []
  const bus = createBus(() => t.fail('nothing throws here'))
  const off = bus.on('device.watched', ({ mac }) => heard.push(mac))
  bus.emit('device.watched', { mac: 'a' })
  off()
  bus.emit('device.watched', { mac: 'b' })
  t.same(heard, ['a'])
})
