import type { FastifyInstance } from 'fastify'
import { isSecretKey } from '../../src/redact.ts'
import type { PresetMark } from '../../schemas/device.ts'
import type { SettingsPlan, SettingsResult } from '../../schemas/settings.ts'
import { createTalk, type Talk } from './talk.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'db' | 'deviceHub' | 'discovery' | 'presets'>

/** The one-time password that a NerdQAxe may want, as its user gave it. */
export interface Otp {
  totp?: string
  session?: string
}

export interface WriteOptions {
  /** Take values outside of the miner's own lists, up to what its board bears. */
  allowOverclock?: boolean
  otp?: Otp
}

/** What is asked of a miner: single settings, and a preset, whose settings come before those. */
export interface Wanted {
  settings?: Record<string, unknown>
  presetUuid?: string
}

/** Makes the commands that change settings: planned for the firmware, written once, and read back. */
export function createSettings({ axeos, db, deviceHub, discovery, presets }: Parts) {
  const talk = createTalk({ axeos, deviceHub, discovery })

  /**
   * Works out the write. The passwords of a preset cannot be compared with what the miner has, so they go along unless
   * the last ones that it was given are those of this preset as it is now, and its pools need not be written anyway.
   */
  function plan(mac: string, { settings, presetUuid }: Wanted, { reading, options }: Talk, given: WriteOptions) {
    const limits = { allowOverclock: given.allowOverclock ?? false }
    if (presetUuid === undefined) return axeos.planSettings(reading, options, settings ?? {}, limits)
    const values = { hostname: reading.identity.hostname, mac }
    const wanted = { ...settings, ...presets.settingsFor(presetUuid, values) }
    const open = axeos.planSettings(reading, options, wanted, limits)
    const poolsChange = open.changes.some(({ field }) => /stratum/i.test(field))
    if (hasPreset(mac, presetUuid) && !poolsChange) return open
    return axeos.planSettings(reading, options, { ...wanted, ...presets.passwordsOf(presetUuid) }, limits)
  }

  function hasPreset(mac: string, uuid: string): boolean {
    const applied = db.imprinted.get(mac)?.presetApplied
    return applied?.uuid === uuid && applied.updatedAt === presets.markOf(uuid).updatedAt
  }

  /** Writes once, reads back, and tells what became of each setting. */
  async function carryOut(mac: string, planned: SettingsPlan, talking: Talk, otp?: Otp): Promise<SettingsResult> {
    const { address, signal } = talking
    if (planned.body) await axeos.writeSettings(address, planned.body, { signal, ...(otp && { otp }) })
    const after = planned.body ? await axeos.readInfo(address, { signal }) : talking.reading
    deviceHub.learn(mac, after)
    return axeos.verifySettings(planned, after)
  }

  async function rememberPreset(mac: string, presetApplied: PresetMark): Promise<void> {
    const presetUuid = presetApplied.uuid
    await db.commit(() => {
      const imprint = db.imprinted.get(mac)
      if (!imprint || !presets.has(presetUuid)) return []
      return [db.imprinted.put(mac, { ...imprint, presetUuid, presetApplied, updatedAt: new Date().toISOString() })]
    })
  }

  /** Whatever becomes of a write with a password, the miner may no longer have that of a preset. */
  async function forgetPasswords(mac: string, { changes }: SettingsPlan): Promise<void> {
    if (!changes.some(({ field }) => isSecretKey(field))) return
    await db.commit(() => {
      const known = db.imprinted.get(mac)
      if (!known?.presetApplied) return []
      const { presetApplied: _applied, ...imprint } = known
      return [db.imprinted.put(mac, imprint)]
    })
  }

  return {
    /**
     * What `write` would do: asks the miner, and touches nothing.
     * @throws as `write`
     */
    plan: (mac: string, wanted: Wanted, given: WriteOptions = {}): Promise<SettingsPlan> =>
      talk(mac, async (talking) => plan(mac, wanted, talking, given)),

    /**
     * Gives a miner the settings that differ from what it has. A preset that was applied is remembered on the device.
     * @throws {DeviceNotFoundError} @throws {SettingNotAllowedError} nothing was written
     * @throws a named error of the miner; after one of a write that was sent, what it has is unknown until the next poll
     */
    write: (mac: string, wanted: Wanted, given: WriteOptions = {}): Promise<SettingsResult> =>
      talk(mac, async (talking) => {
        const preset = wanted.presetUuid === undefined ? null : presets.markOf(wanted.presetUuid)
        const planned = plan(mac, wanted, talking, given)
        await forgetPasswords(mac, planned)
        const result = await carryOut(mac, planned, talking, given.otp)
        if (preset) await rememberPreset(mac, preset)
        return result
      })
  }
}
