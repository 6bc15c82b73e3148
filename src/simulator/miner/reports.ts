import { send, sendJson, writeHead, type Exchange } from '../http/exchange.ts'
import { numberOf, type Fields, type Json } from '../json.ts'
import { infoOf } from './info.ts'
import { logLine } from '../logs/lines.ts'
import { hash, unit } from '../random.ts'
import type { MinerState } from './state.ts'

const maxRows = 720
// Each label with its info field (AXEOS.md 1.6).
const oldLabels = 'hashRate,temp,vrTemp,power,voltage,current,coreVoltageActual,fanspeed,fanrpm,wifiRSSI,freeHeap'
  .split(',')
  .map((key) => [key, key])
const newLabels = Object.entries({
  ...{ hashrate: 'hashRate', hashrate_1m: 'hashRate_1m', hashrate_10m: 'hashRate_10m', hashrate_1h: 'hashRate_1h' },
  ...{
    errorPercentage: 'errorPercentage',
    asicTemp: 'temp',
    asicTemp2: 'temp2',
    vrTemp: 'vrTemp',
    asicVoltage: 'coreVoltageActual'
  },
  ...{
    voltage: 'voltage',
    power: 'power',
    current: 'current',
    fanSpeed: 'fanspeed',
    fanRpm: 'fanrpm',
    fan2Rpm: 'fan2rpm'
  },
  ...{ wifiRssi: 'wifiRSSI', freeHeap: 'freeHeap', responseTime: 'responseTime' }
})

/** `GET /api/system/statistics`: one row per `statsFrequency` seconds since boot, no rows when that is 0 (AXEOS.md 1.6). */
export function statistics(exchange: Exchange): void {
  const { state, query } = exchange
  const { firmware } = state.profile
  const wanted = firmware.since('2.11.0', null) ? query.get('columns')?.split(',') : undefined
  const labels = labelsOf(state).filter(([label = '']) => !wanted || wanted.includes(label))
  const now = Date.now()
  const rows = timesOf(state, now).map((at) => rowAt(state, labels, at))
  const currentTimestamp = now - state.bootedAt
  sendJson(
    exchange,
    { currentTimestamp, labels: [...labels.map(([label = '']) => label), 'timestamp'], statistics: rows },
    true
  )
}

function labelsOf({ profile: { firmware } }: MinerState): string[][] {
  if (!firmware.since('2.11.0', null)) return oldLabels
  const later: Record<string, string> = {
    hashrate_1m: '2.12.0',
    hashrate_10m: '2.12.0',
    hashrate_1h: '2.12.0',
    asicTemp2: '2.14.0',
    responseTime: '2.13.0'
  }
  return newLabels.filter(([label]) => firmware.since(later[label] ?? '0', null))
}

function timesOf(state: MinerState, now: number): number[] {
  const everyMs = numberOf(state.stored['statsFrequency'], 0) * 1000
  if (everyMs <= 0) return []
  const count = Math.min(maxRows, Math.floor((now - state.bootedAt) / everyMs))
  return Array.from({ length: count }, (_, i) => now - (count - 1 - i) * everyMs)
}

function rowAt(state: MinerState, labels: string[][], at: number): Json[] {
  const info = infoOf(state, at)
  return [...labels.map(([, key = '']) => info[key] ?? null), at - state.bootedAt]
}

/** `GET /api/system/scoreboard`: the best shares, since v2.14.0. */
export function scoreboard(exchange: Exchange): void {
  const { seed } = exchange.state
  const best = Number(infoOf(exchange.state)['bestDiff'])
  const hex = (n: number): string => hash(seed, n).toString(16).padStart(8, '0')
  const entries: Fields[] = Array.from({ length: 5 }, (_, i) => ({
    difficulty: (best / 4 ** i) * (i ? 0.5 + unit(seed, 40 + i) : 1),
    job_id: hex(50 + i).slice(2),
    extranonce2: hex(60 + i),
    ntime: 1_759_000_000 + i * 100_000,
    nonce: hex(70 + i).toUpperCase(),
    version_bits: '0034C000'
  }))
  sendJson(exchange, entries)
}

/** `GET /api/system/logs`: the ring buffer as a download, since v2.14.0. */
export function logs(exchange: Exchange): void {
  const lines = Array.from({ length: 200 }, (_, i) => logLine(exchange.state, i, Date.now() - (200 - i) * 500))
  writeHead(exchange, 200, {
    'Content-Type': 'text/plain',
    'Content-Disposition': 'attachment; filename="bitaxe-logs.txt"',
    'Transfer-Encoding': 'chunked'
  })
  exchange.res.end(Buffer.concat(lines))
}

const theme = { colorScheme: 'dark', primaryColor: '#F80421' }

/** `GET /api/theme`. */
export function getTheme(exchange: Exchange): void {
  sendJson(exchange, theme)
}

/** `POST /api/theme`. */
export function postTheme(exchange: Exchange): void {
  send(exchange, 200, 'text/html', '{"status":"ok"}')
}
