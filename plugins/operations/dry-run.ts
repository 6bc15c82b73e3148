import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { NotSupportedError } from '../../src/errors/commands.ts'
import type { SettingsPlan } from '../../schemas/settings.ts'
import type { DryRun, Forecast } from '../../schemas/operation.ts'
import { explain, type Order } from './perform.ts'
import type { Selection } from './selection.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'commands' | 'deviceHub' | 'log'>
type Command = Exclude<Order['action'], 'settings' | 'preset'>
type Verdict = Omit<Forecast, 'mac' | 'ip' | 'hostname'>

/** Makes the function that tells what would become of each device. Settings are held against what each miner has now. */
export function createDryRun({ axeos, commands, deviceHub, log }: Parts) {
  async function planWrite(mac: string, { settings, presetUuid, allowOverclock }: Order): Promise<Verdict> {
    const wanted = { ...(settings && { settings }), ...(presetUuid && { presetUuid }) }
    return toVerdict(await commands.plan(mac, wanted, { allowOverclock }))
  }

  /** Commands are not tried: the firmware, as far as it is known, decides. @throws {NotSupportedError} */
  function checkSupport(mac: string, action: Command): Verdict {
    const identity = deviceHub.get(mac)?.reading?.identity
    const support = identity && axeos.commandSupport(identity, action)
    if (support?.supported === false) throw new NotSupportedError(String(identity?.version), action, support.reason)
    return { verdict: 'would change', changes: [], refused: [] }
  }

  async function foresee(mac: string, order: Order): Promise<Forecast> {
    const known = deviceHub.get(mac)
    const device = { mac, ip: known?.ip ?? null, hostname: known?.reading?.identity.hostname ?? null }
    const { action } = order
    try {
      const isWrite = action === 'settings' || action === 'preset'
      return { ...device, ...(isWrite ? await planWrite(mac, order) : checkSupport(mac, action)) }
    } catch (error) {
      return { ...device, verdict: 'would fail', changes: [], refused: [], ...explain(error, log) }
    }
  }

  return async function dryRun({ macs, strangers }: Selection, order: Order, concurrency: number): Promise<DryRun> {
    const queue = new PQueue({ concurrency })
    const asked = await queue.addAll(macs.map((mac) => () => foresee(mac, order)))
    const devices = [...asked, ...strangers.map(notImprinted)].sort((a, b) => (a.mac < b.mac ? -1 : 1))
    return { devices, total: devices.length, ...count(devices) }
  }
}

function toVerdict({ body, changes, refused }: SettingsPlan): Verdict {
  const found = { changes: [...changes], refused: [...refused] }
  if (refused.length > 0) {
    const reason = refused.map((refusal) => `${refusal.field}: ${refusal.reason}`).join('; ')
    return { verdict: 'would fail', ...found, reason }
  }
  return { verdict: body ? 'would change' : 'unchanged', ...found }
}

const notImprinted = (mac: string): Forecast => ({
  mac,
  ip: null,
  hostname: null,
  verdict: 'would fail',
  changes: [],
  refused: [],
  reason: 'not imprinted'
})

function count(devices: Forecast[]) {
  const having = (verdict: Forecast['verdict']) => devices.filter((device) => device.verdict === verdict).length
  return {
    wouldChange: having('would change'),
    unchanged: having('unchanged'),
    wouldFail: having('would fail')
  }
}
