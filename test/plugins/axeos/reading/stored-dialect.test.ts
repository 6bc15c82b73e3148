import t from 'tap'
import { until, watchFleet } from '../../../helper.ts'

t.test('no dialect is stored: a stored reading gets it from its info', async (t) => {
  const { app, fleet } = await watchFleet(
    t,
    { devices: 1, profiles: ['gamma-601-v2.15.3'] },
    { TELEMETRY_FLUSH_MS: 100 }
  )
  const macs = fleet.miners.map(({ mac }) => mac)
  await until('its reading is stored', async () => (await app.db.readTelemetry(macs))[0] !== undefined)
  const [row] = await app.db.readTelemetry(macs)
  if (!row) throw new Error('nothing is stored')
  t.same(Object.keys(row).sort(), ['at', 'info', 'ip', 'options'])
  t.notMatch(JSON.stringify(row), /dialect/)
  const { identity } = app.axeos.toReading({ ...row.info, dialect: 'A', identity: { dialect: 'A' } })
  t.equal(identity.dialect, 'pools')
})
