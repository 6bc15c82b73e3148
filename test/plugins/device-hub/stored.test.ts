import t from 'tap'
import type { StoredReading } from '../../../schemas/telemetry.ts'
import { build } from '../../helper.ts'

const mac = '02:00:00:00:00:01'
const at = '2026-09-23T12:16:23.000Z'
const imprint = { mac, ip: '127.0.0.1:9', ipSetAt: at, type: 'Gamma', presetUuid: null, createdAt: at, updatedAt: at }
const reading = { ip: '127.0.0.1:9', at, info: { ASICModel: 'BM1370' }, options: null }

/** How a device is listed after a start with this in the store. */
async function listed(t: Parameters<typeof build>[0], row: unknown) {
  const DATA_DIR = t.testdir()
  const before = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  await before.db.commit(() => [before.db.imprinted.put(mac, imprint)])
  await before.db.writeTelemetry(new Map([[mac, row as StoredReading]]))
  await before.close()
  const app = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  const answer = await app.inject('/devices/imprint')
  t.equal(answer.statusCode, 200)
  return answer.json().data[0]
}

t.test('a stored reading is what is known of a device at the start', async (t) => {
  t.match(await listed(t, reading), { mac, lastSeen: at, info: { ASICModel: 'BM1370' } })
})

for (const spoiled of [{}, { ...reading, at: 'yesterday' }, { ...reading, info: null }, { ...reading, options: {} }]) {
  t.test(`a stored reading like ${JSON.stringify(spoiled)} counts as none, and stops nothing`, async (t) => {
    const device = await listed(t, spoiled)
    t.match(device, { mac, ip: '127.0.0.1:9', info: {} })
    t.notOk('lastSeen' in device)
  })
}
