import type { Fields } from '../json.ts'

interface Chip {
  defaultFrequency: number
  defaultVoltage: number
  frequencyOptions: number[]
  voltageOptions: number[]
  hashDomains: number
}

const volts1370 = [1000, 1060, 1100, 1150, 1200, 1250]
// AXEOS.md 4.1
const chips: Record<string, Chip> = {
  BM1397: chip(
    425,
    1400,
    [400, 425, 450, 475, 485, 500, 525, 550, 575, 600],
    [1100, 1150, 1200, 1250, 1300, 1350, 1400, 1450, 1500]
  ),
  BM1366: chip(485, 1200, [400, 425, 450, 475, 485, 500, 525, 550, 575], [1100, 1150, 1200, 1250, 1300]),
  BM1368: chip(490, 1166, [400, 425, 450, 475, 485, 490, 500, 525, 550, 575], [1100, 1150, 1166, 1200, 1250, 1300]),
  BM1370: chip(525, 1150, [400, 490, 525, 550, 600, 625], volts1370)
}

// AXEOS.md 4.2
const families: [RegExp, string, string, number][] = [
  [/^(2\.2|102)$/, 'Max', 'red', 1],
  [/^(0\.11|20[1-57])$/, 'Ultra', 'purple', 1],
  [/^30[23]$/, 'Hex', 'orange', 6],
  [/^40[0-3]$/, 'Supra', 'blue', 1],
  [/^60[0-3]$/, 'Gamma', 'green', 1],
  [/^650$/, 'GammaDuo', 'green', 2],
  [/^70[12]$/, 'SupraHex', 'darkblue', 6],
  [/^801$/, 'GammaTurbo', 'cyan', 2]
]

function chip(
  defaultFrequency: number,
  defaultVoltage: number,
  frequencyOptions: number[],
  voltageOptions: number[]
): Chip {
  return { defaultFrequency, defaultVoltage, frequencyOptions, voltageOptions, hashDomains: 4 }
}

/** Family, page colour and chip count of an ESP-Miner board (AXEOS.md 4.2); an unknown board is `Custom` with one chip. */
export function familyOf(boardVersion: string): { family: string; colour: string; chips: number } {
  const row = families.find(([pattern]) => pattern.test(boardVersion))
  return row ? { family: row[1], colour: row[2], chips: row[3] } : { family: 'Custom', colour: 'gray', chips: 1 }
}

/** The option table of a chip (AXEOS.md 4.1). @throws RangeError for an unknown chip */
export function chipOf(model: string): Chip {
  const found = chips[model]
  if (!found) throw new RangeError(`no option table for ASIC "${model}"`)
  return found
}

/** The answer of a NerdQAxe++ to `/api/system/asic` (AXEOS.md 1.5, 4.3), in wire order. */
export const nerdAsic: Fields = {
  ASICModel: 'BM1370',
  deviceModel: 'NerdQAxe++',
  asicCount: 4,
  defaultFrequency: 600,
  defaultVoltage: 1150,
  absMaxFrequency: 800,
  absMaxVoltage: 1400,
  ecoFrequency: 0,
  ecoVoltage: 0,
  swarmColor: '#e700d8',
  frequencyOptions: [500, 515, 525, 550, 575, 590, 600],
  voltageOptions: [1120, 1130, 1140, 1150, 1160, 1170, 1180, 1190, 1200]
}
