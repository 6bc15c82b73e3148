import t from 'tap'
import { createView } from '../../../plugins/devices/view.ts'
import type { DeviceSnapshot, Imprint } from '../../../schemas/device.ts'
import type { AsicOptions, Identity, Reading } from '../../../schemas/telemetry.ts'
import { deviceToJson } from '../../../src/device-json.ts'
import { aDevice, aReading, MAC } from '../metrics/helper.ts'

const created = '2026-01-01T00:00:00.000Z'
const IMPRINT: Imprint = {
  ...{ mac: MAC, ip: '192.168.1.20', ipSetAt: created, type: 'bitaxe', presetUuid: null },
  ...{ createdAt: created, updatedAt: created }
}

const optionsOf = (frequency: number): AsicOptions => ({
  ...{ source: 'device', defaultFrequency: null, defaultVoltage: null, voltageOptions: [] },
  ...{ absMaxFrequency: null, absMaxVoltage: null, deviceModel: null, asicCount: null },
  frequencyOptions: [frequency]
})

const readingOf = (info: Reading['info']): Reading => ({ ...aReading(), info })

/** A view of one device that the test can change. */
function aView(given: Partial<DeviceSnapshot> = {}) {
  const shown: { snapshot: DeviceSnapshot | undefined; url: string | undefined; table: AsicOptions } = {
    snapshot: aDevice({ reading: readingOf({ temp: 60 }), ...given }),
    url: undefined,
    table: optionsOf(400)
  }
  const view = createView(
    () => shown.snapshot,
    (_identity: Identity) => shown.table,
    () => shown.url
  )
  return { shown, view }
}

t.test('a device is the same object for as long as nothing of it changes', async (t) => {
  const { view } = aView()
  const device = view(IMPRINT)
  t.equal(view(IMPRINT), device)
  t.match(device, {
    mac: MAC,
    tracing: true,
    state: 'online',
    lastSeen: '2026-09-21T14:13:20.500Z',
    info: { temp: 60 }
  })
  t.notOk('ipSetAt' in device || 'error' in device || 'publicDashboardUrl' in device)
})

t.test('every change of a device is shown at once, also in its JSON', async (t) => {
  const changes: [Partial<DeviceSnapshot>, Record<string, unknown>][] = [
    [{ ip: '192.168.1.21:8080' }, { ip: '192.168.1.21:8080' }],
    [{ state: 'restarting' }, { state: 'restarting' }],
    [{ answering: false }, { tracing: false }],
    [{ error: 'no answer within 2000 ms' }, { error: 'no answer within 2000 ms' }],
    [{ error: 'connection refused' }, { error: 'connection refused' }],
    [{ error: null }, { error: undefined }],
    [{ lastPollAt: 1_790_000_005_000 }, { lastSeen: '2026-09-21T14:13:25.000Z' }],
    [{ lastPollAt: null }, { lastSeen: undefined }],
    [{ reading: readingOf({ temp: 61 }) }, { info: { temp: 61 } }],
    [{ asicOptions: optionsOf(525) }, { info: { frequencyOptions: [{ label: '525', value: 525 }] } }],
    [{ reading: null }, { info: {} }]
  ]
  const { shown, view } = aView()
  for (const [change, expected] of changes) {
    const before = view(IMPRINT)
    deviceToJson(before)
    shown.snapshot = { ...aDevice(), ...shown.snapshot, ...change }
    const after = view(IMPRINT)
    t.not(after, before)
    t.match(after, expected, Object.keys(change).join())
    t.match(JSON.parse(deviceToJson(after)), expected)
  }
})

t.test(
  'options of another table, a dashboard, a new imprint and a device that the hub released are shown at once',
  async (t) => {
    const { shown, view } = aView()
    t.match(view(IMPRINT).info, { frequencyOptions: [{ value: 400 }] })
    shown.table = optionsOf(500)
    t.match(view(IMPRINT).info, { frequencyOptions: [{ value: 500 }] })
    shown.url = 'http://grafana/public'
    t.equal(view(IMPRINT).publicDashboardUrl, 'http://grafana/public')
    shown.url = undefined
    t.notOk('publicDashboardUrl' in view(IMPRINT))
    t.equal(view({ ...IMPRINT, type: 'shed' }).type, 'shed')
    t.equal(view(IMPRINT).type, 'bitaxe')
    shown.snapshot = undefined
    t.match(view(IMPRINT), { tracing: false, state: 'idle', info: {}, ip: '192.168.1.20' })
  }
)
