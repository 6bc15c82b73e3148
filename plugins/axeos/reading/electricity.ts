import type { Identity } from '../../../schemas/telemetry.ts'
import { BOUNDS, isWithin } from './bounds.ts'
import { divide, readQuantity, type Info } from './fields.ts'
import { findModel } from './models.ts'

const TOLERANCE = 0.15

/**
 * Reads power, voltages and current; the wire has W, mV and mA. `current` is the supply current on boards with an INA260 and
 * on NerdQAxe, and the core current on boards with a TPS546 (AXEOS.md 2.1, 4.2).
 */
export function readElectricity(info: Info, identity: Identity) {
  const powerWatts = withoutAbsent(readQuantity(info, 'power'))
  const inputVolts = withoutAbsent(divide(readQuantity(info, 'voltage'), 1000))
  const amperes = withoutAbsent(divide(readQuantity(info, 'current'), 1000))
  const kind = classifyCurrent(identity, powerWatts, inputVolts, amperes)
  return {
    powerWatts,
    inputVolts,
    inputAmperes: kind === 'supply' ? amperes : null,
    coreAmperes: kind === 'core' ? amperes : null,
    coreSetVolts: divide(readQuantity(info, 'coreVoltage'), 1000),
    coreMeasuredVolts: divide(readQuantity(info, 'coreVoltageActual'), 1000)
  }
}

/** A sensor that is absent or idle reads -1, or a little below 0 (AXEOS.md 10). */
function withoutAbsent(value: number | null): number | null {
  return value !== null && value < 0 && value >= -1 ? null : value
}

/** An unlisted board reports its supply current if current times supply voltage is close to its power. */
function classifyCurrent(
  { dialect, boardVersion }: Identity,
  watts: number | null,
  volts: number | null,
  amperes: number | null
) {
  const known = dialect === 'nerdqaxe' ? 'supply' : findModel(null, boardVersion)?.current
  if (known) return known
  if (!isWithin(watts, BOUNDS.powerWatts) || !isWithin(volts, BOUNDS.inputVolts) || amperes === null) return null
  return Math.abs(volts * amperes - watts) <= Math.abs(watts) * TOLERANCE ? 'supply' : 'core'
}
