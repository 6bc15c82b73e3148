import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { NotSupportedError } from '../../src/errors/commands.ts'
import type { SettingsPlan } from '../../schemas/settings.ts'
import type { DryRun, DryRunDevice } from '../../schemas/operation.ts'
import { describeFailure, type DeviceCommand } from './perform.ts'
import type { Selection } from './selection.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'commands' | 'deviceHub' | 'log'>
type SimpleAction = Exclude<DeviceCommand['action'], 'settings' | 'preset'>
type Prediction = Omit<DryRunDevice, 'mac' | 'ip' | 'hostname'>

/** Creates the function that predicts the result for each device. Settings are compared with what each miner has now. */
export function createDryRun({ axeos, commands, deviceHub, log }: Parts) {
  async function planWrite(mac: string, { settings, presetUuid, allowOverclock }: DeviceCommand): Promise<Prediction> {
    const request = { ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
    return toPrediction(await commands.plan(mac, request, { allowOverclock }))
  }

  /** Predicts a command from the firmware version, without sending it. @throws {NotSupportedError | IdentityConflictError} */
  function checkSupport(mac: string, action: SimpleAction): Prediction {
    deviceHub.requireUncontested(mac)
    const identity = deviceHub.get(mac)?.reading?.identity
    const support = identity && axeos.commandSupport(identity, action)
    if (support?.supported === false) throw new NotSupportedError(String(identity?.version), action, support.reason)
    return { verdict: 'would change', changes: [], refused: [] }
  }

  async function predict(mac: string, command: DeviceCommand): Promise<DryRunDevice> {
    const snapshot = deviceHub.get(mac)
    const device = { mac, ip: snapshot?.ip ?? null, hostname: snapshot?.reading?.identity.hostname ?? null }
    const { action } = command
    try {
      const isWrite = action === 'settings' || action === 'preset'
      return { ...device, ...(isWrite ? await planWrite(mac, command) : checkSupport(mac, action)) }
    } catch (error) {
      return { ...device, verdict: 'would fail', changes: [], refused: [], ...describeFailure(error, log) }
    }
  }

  return async function dryRun(
    { macs, unknownMacs }: Selection,
    command: DeviceCommand,
    concurrency: number
  ): Promise<DryRun> {
    const queue = new PQueue({ concurrency })
    const predicted = await queue.addAll(macs.map((mac) => () => predict(mac, command)))
    const devices = [...predicted, ...unknownMacs.map(toUnknownDevice)].sort((a, b) => (a.mac < b.mac ? -1 : 1))
    return { devices, total: devices.length, ...count(devices) }
  }
}

function toPrediction({ body, changes, refused }: SettingsPlan): Prediction {
  const settings = { changes: [...changes], refused: [...refused] }
  if (refused.length > 0) {
    const reason = refused.map((refusal) => `${refusal.field}: ${refusal.reason}`).join('; ')
    return { verdict: 'would fail', ...settings, reason }
  }
  return { verdict: body ? 'would change' : 'unchanged', ...settings }
}

const toUnknownDevice = (mac: string): DryRunDevice => ({
  mac,
  ip: null,
  hostname: null,
  verdict: 'would fail',
  changes: [],
  refused: [],
  reason: 'not imprinted'
})

function count(devices: DryRunDevice[]) {
  const withVerdict = (verdict: DryRunDevice['verdict']) =>
    devices.filter((device) => device.verdict === verdict).length
  return {
    wouldChange: withVerdict('would change'),
    unchanged: withVerdict('unchanged'),
    wouldFail: withVerdict('would fail')
  }
}
