import type { Address } from '../../src/network.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'
import type { HubDevice, Session } from './hub-device.ts'

export interface RefreshParts {
  /** How long to wait before asking again a miner that could not report its lists. */
  optionsRetryMs: number
  /** Asks a miner which frequencies and voltages it accepts. @throws when the signal aborts */
  readAsicOptions(address: Address, reading: Reading, signal: AbortSignal): Promise<AsicOptions>
}

/** Creates the function that keeps the frequency and voltage lists of a device up to date. */
export function createRefreshOptions({ optionsRetryMs, readAsicOptions }: RefreshParts) {
  /** Lists from the table may only stand in for an answer that got lost, so they expire. */
  function isCurrent({ asicOptions, optionsRetryAt, optionsVersion }: HubDevice, version: string | null): boolean {
    if (optionsVersion !== version || !asicOptions) return false
    return asicOptions.source === 'device' || performance.now() < optionsRetryAt
  }

  /** Asks once per firmware version, because the lists change only with the firmware. */
  return async function refreshOptions(device: HubDevice, session: Session): Promise<void> {
    const { reading } = device
    if (!reading || isCurrent(device, reading.identity.version)) return
    device.optionsVersion = reading.identity.version
    device.optionsRetryAt = performance.now() + optionsRetryMs
    const options = await device.runExclusive(() =>
      readAsicOptions(device.address, reading, session.signal).catch(() => null)
    )
    if (device.session === session) device.asicOptions = options
  }
}
