import type { AsicOptions, Identity } from '../../../schemas/telemetry.ts'

type Table = Omit<AsicOptions, 'source' | 'deviceModel' | 'asicCount'>

const table = (
  [defaultFrequency, defaultVoltage]: [number | null, number | null],
  frequencyOptions: number[],
  voltageOptions: number[],
  [absMaxFrequency, absMaxVoltage]: [number | null, number | null] = [null, null]
): Table => ({ defaultFrequency, defaultVoltage, frequencyOptions, voltageOptions, absMaxFrequency, absMaxVoltage })

const steps = (first: number, last: number, step: number) =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step)

const BM1370_VOLTAGES = [1000, 1060, 1100, 1150, 1200, 1250]
const BM1372 = table([327, 1000], [327, 350, 375, 380, 400, 410], BM1370_VOLTAGES)

/** AXEOS.md 4.1. */
const BY_ASIC = new Map<string, Table>([
  ['BM1397', table([425, 1400], [400, 425, 450, 475, 485, 500, 525, 550, 575, 600], steps(1100, 1500, 50))],
  ['BM1366', table([485, 1200], [400, 425, 450, 475, 485, 500, 525, 550, 575], steps(1100, 1300, 50))],
  [
    'BM1368',
    table([490, 1166], [400, 425, 450, 475, 485, 490, 500, 525, 550, 575], [1100, 1150, 1166, 1200, 1250, 1300])
  ],
  ['BM1370', table([525, 1150], [400, 490, 525, 550, 600, 625], BM1370_VOLTAGES)],
  ['BM1372', BM1372],
  ['BM1373', BM1372],
  ['BM1372/BM1373', BM1372]
])

const NERDQAXE_PLUS = table(
  [490, 1250],
  [400, 425, 450, 475, 490, 500, 525, 550, 575],
  steps(1100, 1350, 50),
  [800, 1400]
)
const PLUSPLUS_FREQUENCIES = [500, 515, 525, 550, 575, 590, 600]
const PLUSPLUS_VOLTAGES = steps(1120, 1200, 10)
const NERDQAXE_PLUSPLUS = table([600, 1150], PLUSPLUS_FREQUENCIES, PLUSPLUS_VOLTAGES, [800, 1400])

/** Boards whose options differ from those of their ASIC (AXEOS.md 4.1, 4.3). */
const BY_MODEL = new Map<string, Table>([
  ['GammaDuo', table([400, 1150], [350, 375, 380, 400, 410], BM1370_VOLTAGES)],
  ['NerdAxeGamma', table([515, 1150], [500, 515, 525, 550, 575], PLUSPLUS_VOLTAGES)],
  ['NerdQAxe+', NERDQAXE_PLUS],
  ['NerdOCTAXE+', NERDQAXE_PLUS],
  ['NerdQAxe++', NERDQAXE_PLUSPLUS],
  ['NerdHaxe-γ', NERDQAXE_PLUSPLUS],
  ['NerdEKO', NERDQAXE_PLUSPLUS],
  ['NerdOCTAXE-γ', table([700, 1210], steps(525, 800, 25), steps(1120, 1260, 10), [850, null])],
  ['Q1370', table([600, 1150], PLUSPLUS_FREQUENCIES, PLUSPLUS_VOLTAGES, [1200, 1400])],
  ['Q1373', table([350, 1050], steps(300, 450, 25), [])]
])

const NO_OPTIONS = table([null, null], [], [])

/** Returns the options of a board, or else of its ASIC (MHz, mV); empty lists if neither is listed. */
export function findOptions({ model, asicModel }: Identity): Table {
  return BY_MODEL.get(model ?? '') ?? BY_ASIC.get(asicModel) ?? NO_OPTIONS
}

/** Maximum frequency (MHz) and core voltage (mV). */
export interface Maximum {
  readonly frequency: number
  readonly voltage: number
}

/**
 * Maxima for ASICs whose board reports none. Manufacturers publish none either, so each is the highest value that any firmware
 * offers or allows for the ASIC (AXEOS.md 4.3), and otherwise 125 % of the highest frequency and one step above the highest
 * voltage of AXEOS.md 4.1. Bitaxes in the field stay below them (850 MHz, 1280 mV on a BM1370).
 */
const MAXIMA = new Map<string, Maximum>([
  ['BM1397', { frequency: 750, voltage: 1550 }],
  ['BM1366', { frequency: 720, voltage: 1350 }],
  // NerdQAxe+
  ['BM1368', { frequency: 800, voltage: 1400 }],
  // NerdQX lists up to 1000 MHz, NerdQAxe++ and Q1370 stop at 1400 mV
  ['BM1370', { frequency: 1000, voltage: 1400 }],
  ...['BM1372', 'BM1373', 'BM1372/BM1373'].map((asic) => [asic, { frequency: 510, voltage: 1300 }] as const)
])

// The limits of an unlisted ASIC are unknown: this is moderate for every listed one
const UNKNOWN_ASIC: Maximum = { frequency: 500, voltage: 1200 }

/** Returns the maximum of an ASIC, or a conservative one for an unlisted ASIC. */
export function maximumOf({ asicModel }: Identity): Maximum {
  return MAXIMA.get(asicModel) ?? UNKNOWN_ASIC
}
