import type { FastifyInstance } from 'fastify'
import type { Drift } from '../../schemas/settings.ts'

type Parts = Pick<FastifyInstance, 'axeos' | 'deviceHub' | 'presets'>

/** Creates the function that compares a device with the preset it uses. */
export function createDrift({ axeos, deviceHub, presets }: Parts) {
  /**
   * Computes what applying a preset would change on a device, from its last reading. Miners do not report passwords, so those
   * are left out.
   * @throws {PresetNotFoundError}
   */
  return function driftOf(mac: string, presetUuid: string): Drift {
    const reading = deviceHub.get(mac)?.reading
    if (!reading) return { matches: null, drift: [], reason: 'The miner has not answered yet' }
    const options = deviceHub.get(mac)?.asicOptions ?? axeos.optionsFromTable(reading.identity)
    const wanted = presets.settingsFor(presetUuid, { hostname: reading.identity.hostname, mac })
    try {
      const { changes, refused } = axeos.planSettings(reading, options, wanted, { allowOverclock: true })
      const drift = [...changes]
      if (refused.length === 0) return { matches: drift.length === 0, drift }
      return { matches: false, drift, reason: refused.map(({ field, reason }) => `${field}: ${reason}`).join('; ') }
    } catch (error) {
      return { matches: false, drift: [], reason: (error as Error).message }
    }
  }
}
