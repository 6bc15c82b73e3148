import { Type, type Static } from '@sinclair/typebox'
import { Nullable } from './common.ts'

const quantity = (description: string) => Nullable(Type.Number({ description }))
const flag = (description: string) => Nullable(Type.Boolean({ description }))
const text = (description: string) => Nullable(Type.String({ description }))

/** A miner's measurements, in one form for every firmware. `null` means not sent, not readable, or no such sensor. */
const TelemetrySchema = Type.Object({
  powerWatts: quantity('Input power; an estimate on boards with a TPS546 regulator'),
  inputVolts: quantity('Supply voltage'),
  inputAmperes: quantity('Supply current; null where the firmware reports the core current instead'),
  coreAmperes: quantity('Current into the ASIC cores; null where the firmware reports the supply current'),
  coreSetVolts: quantity('Configured core voltage'),
  coreMeasuredVolts: quantity('Measured core voltage'),
  frequencySetHertz: quantity('Configured ASIC clock'),
  frequencyActualHertz: quantity('Actual ASIC clock of the PLL'),
  asicCelsius: quantity('ASIC temperature'),
  asic2Celsius: quantity('Second ASIC temperature sensor'),
  vrCelsius: quantity('Voltage regulator temperature'),
  hashrateHps: quantity('Current hashrate, hashes per second'),
  hashrate1mHps: quantity('Hashrate averaged over one minute'),
  hashrate10mHps: quantity('Hashrate averaged over ten minutes'),
  hashrate1hHps: quantity('Hashrate averaged over one hour'),
  hashrate1dHps: quantity('Hashrate averaged over one day'),
  expectedHashrateHps: quantity('Hashrate expected from frequency and core count'),
  errorRatio: quantity('Fraction of nonces with a hardware error, 0 to 1'),
  fans: Type.Array(
    Type.Object({
      rpm: quantity('Revolutions per minute; 0 is a stopped fan'),
      ratio: quantity('Duty cycle, 0 to 1')
    }),
    { description: 'The fans of the board, in its own order' }
  ),
  sharesAccepted: quantity('Accepted shares since boot or the last change of pool'),
  sharesRejected: quantity('Rejected shares since boot or the last change of pool'),
  bestDifficulty: quantity('Best difficulty ever'),
  bestSessionDifficulty: quantity('Best difficulty since boot'),
  poolDifficulty: quantity('Difficulty set by the pool'),
  poolResponseSeconds: quantity('Round-trip time to the pool'),
  uptimeSeconds: quantity('Time since boot'),
  heapFreeBytes: quantity('Free memory, all regions'),
  heapFreeInternalBytes: quantity('Free internal memory'),
  heapFreeSpiramBytes: quantity('Free external memory'),
  wifiRssiDbm: quantity('Wi-Fi signal strength'),
  cpuUsageRatio: quantity('CPU load, 0 to 1'),
  blocksFound: quantity('Blocks found'),
  overheated: flag('The miner throttled or stopped itself because of its temperature'),
  paused: flag('Mining is paused or shut down by its user'),
  usingFallbackPool: flag('The fallback pool is in use'),
  powerFault: text('Text of a power fault'),
  hardwareFault: text('Text of a hardware fault')
})
export type Telemetry = Static<typeof TelemetrySchema>

/** The rules of a firmware's `PATCH /api/system` (AXEOS.md 3.1). */
const DialectSchema = Type.Union(
  [Type.Literal('lenient'), Type.Literal('strict'), Type.Literal('pools'), Type.Literal('nerdqaxe')],
  { description: 'Rules for writing settings: `pools` is strict with pool slots' }
)
export type Dialect = Static<typeof DialectSchema>

/** A miner's hardware, firmware and pool. `null` means that the firmware does not report it. */
const IdentitySchema = Type.Object({
  hostname: text('Host name; not unique, may be empty'),
  model: text('Family name such as `Gamma` or `NerdQAxe++`'),
  asicModel: Type.String({ description: 'ASIC, such as `BM1370`' }),
  asicCount: quantity('Number of ASICs'),
  boardVersion: text('Board version, such as `601`'),
  version: text('Firmware version'),
  pool: text('`host:port` of the pool in use'),
  dialect: DialectSchema
})
export type Identity = Static<typeof IdentitySchema>

/** The frequencies and voltages of `GET /api/system/asic`, or of the model table where the firmware lacks the route. */
export const AsicOptionsSchema = Type.Object({
  source: Type.Union([Type.Literal('device'), Type.Literal('table')]),
  frequencyOptions: Type.Array(Type.Number(), { description: 'MHz' }),
  voltageOptions: Type.Array(Type.Number(), { description: 'mV' }),
  defaultFrequency: quantity('MHz'),
  defaultVoltage: quantity('mV'),
  absMaxFrequency: quantity('Absolute maximum of the board, MHz'),
  absMaxVoltage: quantity('Absolute maximum of the board, mV'),
  deviceModel: text('Family name'),
  asicCount: quantity('Number of ASICs')
})
export type AsicOptions = Static<typeof AsicOptionsSchema>

/** A miner's answer to one `GET /api/system/info`. `info` is the answer itself, without secrets. */
export const ReadingSchema = Type.Object({
  mac: Nullable(Type.String({ description: 'From the answer itself; null where the firmware does not report it' })),
  identity: IdentitySchema,
  telemetry: TelemetrySchema,
  info: Type.Record(Type.String(), Type.Unknown())
})
export type Reading = Static<typeof ReadingSchema>

/** A device's last reading as stored, with the address it came from. Identity and telemetry are derived from `info`. */
export const StoredReadingSchema = Type.Object({
  ip: Type.String(),
  at: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' }),
  info: Type.Record(Type.String(), Type.Unknown()),
  options: Nullable(AsicOptionsSchema)
})
export type StoredReading = Static<typeof StoredReadingSchema>
