import t from 'tap'
import { matchesDevice } from '../../src/device-search.ts'

const device = { mac: 'bc:dd:c2:8d:c8:4f', ip: '192.168.1.50:8001', type: 'Gamma', info: { hostname: 'Garage One' } }

t.test('a device is found by a part of its address, MAC or host name', async (t) => {
  for (const q of ['1.50', ':8001', 'bc:dd', 'BC-DD-C2', 'c28dc8', 'garage', 'ONE']) t.ok(matchesDevice(q)(device), q)
  for (const q of ['1.51', 'bc:de', 'cellar', '-', 'Gamma']) t.notOk(matchesDevice(q)(device), q)
})

t.test('a device without a readable host name is found by the rest', async (t) => {
  t.ok(matchesDevice('1.50')({ ...device, info: {} }))
  t.notOk(matchesDevice('x')({ ...device, info: { hostname: 42 } }))
})
