import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import t from 'tap'
import type { Operation } from '../../../schemas/operation.ts'
import { simulate, until } from '../../helper.ts'
import { Backend } from '../../support/process.ts'
import { POOL } from './helper.ts'

const PLANTED = ['planted-pool-pass', 'planted-wifi-pass', 'planted-preset-pass', 'planted-url-pass', '424242']
const json = { 'content-type': 'application/json' }

t.test('P19 a password in a bulk request is in no answer, event, log line or file', async (t) => {
  const fleet = await simulate(t, { devices: 11, otpCode: '987654', arpTableFile: `${t.testdir()}/arp` })
  const DATA_DIR = t.testdir()
  const backend = new Backend(t, {
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(','),
    DATA_DIR,
    LOG_LEVEL: 'trace'
  })
  const url = await backend.url()
  const said: string[] = []
  const socket = io(url, { path: '/socket/io', transports: ['websocket'] })
  t.teardown(() => void socket.disconnect())
  socket.onAny((...event: unknown[]) => said.push(JSON.stringify(event)))
  const ask = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
    const headers = { ...json, 'x-totp': '424242' }
    const answer = await fetch(url + path, { method, ...(body && { headers, body: JSON.stringify(body) }) })
    said.push(JSON.stringify([...answer.headers]), await answer.clone().text())
    return ((await answer.json()) as { data: T }).data
  }

  await ask('/devices/discover')
  await ask('/devices/imprint', 'PUT', { macs: fleet.miners.map((miner) => miner.mac) })
  const configuration = { ...POOL, stratumPassword: 'planted-preset-pass' }
  const { uuid } = await ask<{ uuid: string }>('/presets', 'POST', { name: 'fleet', configuration })
  const settings = { ...POOL, stratumPassword: 'planted-pool-pass', wifiPass: 'planted-wifi-pass' }
  const stratumURL = 'stratum+tcp://somebody:planted-url-pass@pool.example.net:3333'
  for (const body of [
    { action: 'settings', settings },
    { action: 'settings', settings: { stratumURL } },
    { action: 'settings', settings: { ...settings, stratumPassword: 'planted-pool-pass'.repeat(50) } },
    { action: 'settings', settings: { stratumPassword: { deep: 'planted-pool-pass' } } },
    { action: 'settings', settings: { pools: [{ url: 'pool.example.org', pass: 'planted-pool-pass' }] } },
    { action: 'preset', presetUuid: uuid }
  ]) {
    await ask('/devices/bulk', 'POST', { filter: {}, dryRun: true, ...body })
    const { id } = await ask<Operation>('/devices/bulk', 'POST', { filter: {}, ...body })
    await until('the operation has ended', async () => (await ask<Operation>(`/operations/${id}`)).finishedAt)
    await until('its end was told', () =>
      said.some((text) => /operation_update.*finishedAt/.test(text) && text.includes(id))
    )
  }
  await ask('/operations')
  await ask('/devices/bulk', 'POST', { filter: {}, action: 'settings', settings, nonsense: 'planted-pool-pass' })
  t.ok(
    fleet.miners.some((miner) => Object.values(miner.secrets()).includes('planted-wifi-pass')),
    'a miner has it'
  )
  await backend.stop('SIGTERM')

  const files = readdirSync(DATA_DIR, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const stored = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
  for (const place of [said, stored]) t.ok(place.join('\n').includes('bc1planted'), 'what is no secret is found')
  t.ok(backend.lines.join('\n').includes('an operation has ended'))
  for (const secret of PLANTED) {
    for (const [name, texts] of Object.entries({ answers: said, lines: backend.lines, files: stored }))
      t.same(
        texts.filter((text) => text.includes(secret)).map((text) => text.slice(0, 400)),
        [],
        `${secret} in ${name}`
      )
  }
})
