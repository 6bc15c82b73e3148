/** A board: its family, its ASICs, and which current its firmware reports. */
export interface Model {
  readonly model: string
  readonly asicModel: string
  readonly asicCount: number
  readonly current: 'supply' | 'core'
}

const INA260 = 'supply'
const TPS546 = 'core'

const board = (model: string, asicModel: string, asicCount: number, current: Model['current']): Model => ({
  model,
  asicModel,
  asicCount,
  current
})

const max = board('Max', 'BM1397', 1, INA260)
const ultra = board('Ultra', 'BM1366', 1, INA260)
const hex = board('Hex', 'BM1366', 6, TPS546)
const supra = board('Supra', 'BM1368', 1, INA260)
const gamma = board('Gamma', 'BM1370', 1, TPS546)
const supraHex = board('SupraHex', 'BM1368', 6, TPS546)

/** ESP-Miner's boards by `boardVersion` (AXEOS.md 4.2). */
const BOARDS = new Map<string, Model>([
  ...['2.2', '102'].map((version) => [version, max] as const),
  ...['0.11', '201', '202', '203', '204', '205'].map((version) => [version, ultra] as const),
  ['207', { ...ultra, current: TPS546 }],
  ...['302', '303'].map((version) => [version, hex] as const),
  ...['400', '401'].map((version) => [version, supra] as const),
  ...['402', '403'].map((version) => [version, { ...supra, current: TPS546 }] as const),
  ...['600', '601', '602', '603'].map((version) => [version, gamma] as const),
  ['650', board('GammaDuo', 'BM1370', 2, TPS546)],
  ...['701', '702'].map((version) => [version, supraHex] as const),
  ['801', board('GammaTurbo', 'BM1370', 2, TPS546)]
])

/** NerdQAxe boards by `deviceModel`; all of them measure the supply current (AXEOS.md 2.1, 4.3). */
const NERDS = new Map<string, Model>(
  [
    board('NerdAxe', 'BM1366', 1, INA260),
    board('NerdAxeGamma', 'BM1370', 1, INA260),
    board('NerdQAxe+', 'BM1368', 4, INA260),
    board('NerdQAxe++', 'BM1370', 4, INA260),
    board('NerdOCTAXE+', 'BM1368', 8, INA260),
    board('NerdOCTAXE-γ', 'BM1370', 8, INA260),
    board('NerdHaxe-γ', 'BM1370', 6, INA260),
    board('NerdEKO', 'BM1370', 12, INA260),
    board('NerdQX', 'BM1370', 4, INA260),
    board('Q1370', 'BM1370', 4, INA260),
    board('Q1373', 'BM1373', 1, INA260)
  ].map((model) => [model.model, model])
)

/**
 * Finds a board by the `deviceModel` of a NerdQAxe or the `boardVersion` of a Bitaxe.
 * @returns null for unlisted boards: custom boards are common (AXEOS.md 4.2)
 */
export function findModel(deviceModel: string | null, boardVersion: string | null): Model | null {
  return (deviceModel === null ? BOARDS.get(boardVersion ?? '') : NERDS.get(deviceModel)) ?? null
}
