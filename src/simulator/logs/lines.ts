import { numberOf } from '../json.ts'
import { hash, unit } from '../random.ts'
import type { MinerState } from '../miner/state.ts'
import { expectedOf } from '../miner/vitals.ts'

/** Number of lines logged during a boot. */
export const bootLines = 6

interface Line {
  level: 'E' | 'W' | 'I'
  /** Usually `tag: message`. */
  text: string
}
type Template = (state: MinerState, n: number) => Line | string

const colours = { E: '31', W: '33', I: '32' }
const info = (text: string): Line => ({ level: 'I', text })
const hex = (state: MinerState, n: number, digits = 8): string =>
  hash(state.seed, n).toString(16).padStart(8, '0').slice(-digits)

/** Messages as in AXEOS.md 1.4. The pool password is in plain text, as on the device. */
const shared: Record<string, Template> = {
  notify: (state, n) => info(`stratum_task: rx: ${JSON.stringify(notification(state, n))}`),
  authorize: (state) => info(`stratum_api: tx: ${JSON.stringify(authorization(state))}`),
  submit: (state, n) =>
    info(
      `stratum_api: tx: {"id": ${32_242 + n}, "method": "mining.submit", "params": ["${userOf(state)}", "${hex(state, n)}"]}`
    ),
  accepted: (_state, n) => info(`stratum_task: rx: {"error":null,"id":${6 + n},"result":true}`),
  thermal: (state) => info(`power_management: temp: ${String(numberOf(state.profile.info['temp'], 55))} °C`),
  beacon: () => info('wifi:bcn_timeout,ap_probe_send_start'),
  empty: () => '',
  rejected: () => ({ level: 'W', text: 'stratum_task: message result rejected: Job not found' }),
  error: () => ({ level: 'E', text: 'stratum_task: Failed to receive JSON-RPC line, reconnecting...' })
}

const miner: Template[] = [asicResult, job]
const nerd: Template[] = [
  (state) =>
    info(
      `power_management: vin: 11.72, iin: 7.38, pin: ${String(state.profile.info['power'])}, vout: 1.15, iout: 65.62`
    ),
  (state) => info(`emc2302: fan speed: ${String(state.profile.info['fanrpm'])}RPM`)
]
const order =
  'notify asic authorize job asic thermal beacon submit accepted empty job asic asic rejected job error'.split(' ')

const boot = [
  'ESP-ROM:esp32s3-20210327',
  'Build:Mar 27 2021',
  'rst:0xc (RTC_SW_CPU_RST),boot:0x2b (SPI_FAST_FLASH_BOOT)',
  '--- SYSTEM RESTART ---',
  'I (24) boot: ESP-IDF v5.5.1 2nd stage bootloader',
  ''
]

/** Returns the n-th line of a miner's log with colours and line feed, as ESP-IDF prints it (AXEOS.md 1.4). A negative n is a boot line. */
export function logLine(state: MinerState, n: number, at: number): Buffer {
  const line = n < 0 ? (boot[n + bootLines] ?? '') : templateOf(state, n)(state, n)
  const bad = state.faults.has('badUtf8') ? Buffer.from([0xff, 0xfe, 0xc3]) : Buffer.alloc(0)
  if (typeof line === 'string') return Buffer.concat([Buffer.from(line), bad, Buffer.from('\n')])
  const uptimeMs = Math.max(0, Math.round(at - state.bootedAt))
  const start = `\u001b[0;${colours[line.level]}m${line.level} (${uptimeMs}) ${line.text}`
  return Buffer.concat([Buffer.from(start), bad, Buffer.from('\u001b[0m\n')])
}

function templateOf(state: MinerState, n: number): Template {
  const name = order[n % order.length] ?? 'empty'
  const own = state.profile.firmware.nerd ? nerd : miner
  return shared[name] ?? own[name === 'asic' ? 0 : 1] ?? asicResult
}

/** The wording changed between versions. */
function asicResult(state: MinerState, n: number): Line {
  const { firmware } = state.profile
  const difficulty = (500 / (1 - unit(state.seed, n))).toFixed(1)
  if (!firmware.since('2.1.9', null)) return info(`asic_result: Nonce difficulty ${difficulty} of 502.`)
  if (!firmware.since('2.9.0', null))
    return info(`asic_result: Ver: ${hex(state, n)} Nonce ${hex(state, n + 1)} diff ${difficulty} of 502.`)
  const start = firmware.since('2.14.0', null) ? 'ASIC nr: 0, Core: 77/6, ver' : 'ver'
  return info(
    `asic_result: ID: ${hex(state, n, 6)}, ${start}: ${hex(state, n)} Nonce ${hex(state, n + 1)} diff ${difficulty} of 8192.`
  )
}

function job(state: MinerState, n: number): Line {
  return info(
    `${state.profile.asicModel.toLowerCase()}Module: Job ID: ${hex(state, n, 2)}, Core: ${n % 112}/${n % 8}, GH: ${Math.round(expectedOf(state))}`
  )
}

/** A new job, 1 to 4 KB long. */
function notification(state: MinerState, n: number): unknown {
  const branches = Array.from({ length: 6 + (hash(state.seed, n) % 7) }, (_, i) => hex(state, n + i).repeat(8))
  const coinbase = hex(state, n).repeat(24 + (hash(state.seed, n) % 200))
  return {
    id: null,
    method: 'mining.notify',
    params: [
      hex(state, n, 6),
      coinbase.slice(0, 64),
      coinbase,
      hex(state, n),
      branches,
      '20000000',
      '1702f4b9',
      '68d76e22',
      false
    ]
  }
}

function authorization(state: MinerState): unknown {
  const { secrets, stored } = state
  const password = secrets.get(`pools.${String(stored['primaryPoolIndex'])}`) ?? secrets.get('stratumPassword') ?? 'x'
  return { id: 3, method: 'mining.authorize', params: [userOf(state), password] }
}

function userOf({ stored }: MinerState): string {
  return String(stored['stratumUser'] ?? '')
}
