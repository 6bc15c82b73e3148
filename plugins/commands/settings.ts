import type { FastifyInstance } from 'fastify'
import { isSecretKey } from '../../src/redact.ts'
import type { PresetMark } from '../../schemas/device.ts'
import type { SettingsPlan, SettingsResult } from '../../schemas/settings.ts'
import type { Otp } from '../../schemas/system.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'db' | 'deviceHub' | 'devices' | 'presets'>
type ConfirmedMiner = Parameters<Parameters<FastifyInstance['deviceHub']['withMiner']>[1]>[0]

interface WriteOptions {
  /** Accept values outside the miner's own lists, up to the limits of its board. */
  allowOverclock?: boolean
  otp?: Otp
}

/** The settings to write: single ones, those of a preset, or both. The preset wins. */
interface SettingsRequest {
  settings?: Record<string, unknown>
  /** The preset to apply; null releases the device from its preset. */
  presetUuid?: string | null
}

const NO_CHANGES: SettingsResult = { applied: [], unchanged: [], notApplied: [], restartRequired: false }

/** Creates the commands that change settings: plan for the firmware, write once, read back. */
export function createSettings({ axeos, db, deviceHub, devices, presets }: Parts) {
  /**
   * Plans the write. A miner does not report its passwords, so those of a preset cannot be compared. They are written unless
   * this version of the preset was the last one applied and the pools do not change anyway.
   */
  async function planFor(
    { reading, options }: ConfirmedMiner,
    mac: string,
    { settings, presetUuid }: SettingsRequest,
    { allowOverclock = false }: WriteOptions
  ): Promise<SettingsPlan> {
    const plan = async (wanted: Record<string, unknown>) =>
      axeos.planSettings(reading, await options(), wanted, { allowOverclock })
    if (!presetUuid) return plan(settings ?? {})
    const values = { hostname: reading.identity.hostname, mac }
    const wanted = { ...settings, ...presets.settingsFor(presetUuid, values) }
    const withoutPasswords = await plan(wanted)
    const poolsChange = withoutPasswords.changes.some(({ field }) => /stratum/i.test(field))
    if (hasPreset(mac, presetUuid) && !poolsChange) return withoutPasswords
    return plan({ ...wanted, ...presets.passwordsOf(presetUuid) })
  }

  function hasPreset(mac: string, uuid: string): boolean {
    const applied = db.imprinted.get(mac)?.presetApplied
    return applied?.uuid === uuid && applied.updatedAt === presets.markOf(uuid).updatedAt
  }

  /** Writes once, reads back, and compares. */
  async function apply(
    { address, reading, signal }: ConfirmedMiner,
    mac: string,
    plan: SettingsPlan,
    otp?: Otp
  ): Promise<SettingsResult> {
    if (plan.body) await axeos.writeSettings(address, plan.body, { signal, ...(otp && { otp }) })
    const after = plan.body ? await axeos.readInfo(address, { signal }) : reading
    deviceHub.applyReading(mac, after)
    return axeos.verifySettings(plan, after)
  }

  async function rememberPreset(mac: string, presetApplied: PresetMark): Promise<void> {
    const presetUuid = presetApplied.uuid
    await db.commit(() => {
      const imprint = db.imprinted.get(mac)
      if (!imprint || !presets.has(presetUuid)) return []
      return [db.imprinted.put(mac, { ...imprint, presetUuid, presetApplied, updatedAt: new Date().toISOString() })]
    })
  }

  /** Once a password is about to be written, the miner may no longer have the preset's, even if the write then fails. */
  async function forgetPasswords(mac: string, { changes }: SettingsPlan): Promise<void> {
    if (!changes.some(({ field }) => isSecretKey(field))) return
    await db.commit(() => {
      const known = db.imprinted.get(mac)
      if (!known?.presetApplied) return []
      const { presetApplied: _applied, ...imprint } = known
      return [db.imprinted.put(mac, imprint)]
    })
  }

  const withMiner = <T>(mac: string, task: (miner: ConfirmedMiner) => Promise<T>) =>
    deviceHub.withMiner(mac, task, { unidentified: 'refuse' })

  return {
    /** Plans what `write` would do: asks the miner, and changes nothing. @throws as `write` */
    plan: (mac: string, request: SettingsRequest, options: WriteOptions = {}): Promise<SettingsPlan> =>
      withMiner(mac, (miner) => planFor(miner, mac, request, options)),

    /**
     * Writes the settings that differ from what the miner has. The device remembers an applied preset. A request that only
     * releases the device from its preset does not contact the miner.
     * @throws {DeviceNotFoundError} @throws {SettingNotAllowedError} @throws {IdentityConflictError} nothing was written
     * @throws the named errors of the miner; if the write was sent, the miner's settings are unknown until the next poll
     */
    async write(mac: string, request: SettingsRequest, options: WriteOptions = {}): Promise<SettingsResult> {
      const { settings = {}, presetUuid } = request
      if (Object.keys(settings).length > 0) deviceHub.requireUncontested(mac)
      if (presetUuid === null) await devices.edit(mac, { presetUuid })
      if (presetUuid === null && Object.keys(settings).length === 0) return NO_CHANGES
      return withMiner(mac, async (miner) => {
        const preset = presetUuid ? presets.markOf(presetUuid) : null
        const plan = await planFor(miner, mac, request, options)
        await forgetPasswords(mac, plan)
        const result = await apply(miner, mac, plan, options.otp)
        if (preset) await rememberPreset(mac, preset)
        return result
      })
    }
  }
}
