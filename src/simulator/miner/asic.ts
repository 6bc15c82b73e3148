import { chipOf, familyOf, nerdAsic } from './models.ts'
import type { MinerState } from './state.ts'
import type { Fields } from '../json.ts'

/** The answer of `/api/system/asic`. Fields were added in v2.7, 2.8, 2.9 and 2.11 (AXEOS.md 1.5). */
export function asicOf({ profile }: MinerState): Fields {
  const { firmware, asicModel, asicCount } = profile
  if (firmware.nerd) return nerdAsic
  const chip = chipOf(asicModel)
  const board = familyOf(String(profile.info['boardVersion']))
  const { defaultFrequency, defaultVoltage, hashDomains, voltageOptions } = chip
  // 690 MHz has only been seen on v2.15 (AXEOS.md 4.1).
  const extra = asicModel === 'BM1370' && firmware.since('2.15.0', null) ? [690] : []
  return {
    ASICModel: asicModel,
    ...(firmware.since('2.9.0', null) && { deviceModel: board.family, swarmColor: board.colour, asicCount }),
    ...(firmware.since('2.11.0', null) && { hashDomains }),
    ...(firmware.since('2.8.0', null) && { defaultFrequency }),
    frequencyOptions: [...chip.frequencyOptions, ...extra],
    ...(firmware.since('2.8.0', null) && { defaultVoltage }),
    voltageOptions
  }
}
