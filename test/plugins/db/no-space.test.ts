import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { simulate, until } from '../../helper.ts'
import { Backend } from '../../support/process.ts'

/** A file system of 12 MB, which only root may mount; null where that is not allowed. */
function mountSmall(t: Test): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-small-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', directory]).status !== 0) return null
  t.teardown(() => void spawnSync('umount', ['-l', directory]))
  return directory
}

/** Leaves no room at all. */
function fill(directory: string): void {
  const { bavail, bsize } = statfsSync(directory)
  writeFileSync(`${directory}/ballast`, Buffer.alloc(bavail * bsize))
}

const directory = mountSmall(t)
const skip = directory === null && 'a small file system cannot be mounted here: only root may'
const json = { 'content-type': 'application/json' }

t.test(
  'on a full disk changes are refused with the reason, everything else goes on, and it ends by itself',
  { skip },
  async (t) => {
    if (directory === null) return
    const fleet = await simulate(t, { devices: 2, profiles: ['gamma-601-v2.1'] })
    const backend = new Backend(t, {
      ...{ DATA_DIR: `${directory}/data`, POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '200' },
      ...{ DEVICE_NETWORKS: '127.0.0.0/8', DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(',') }
    })
    const url = await backend.url()
    const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init)
    const create = (name: string) => {
      const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'x'.repeat(255) }
      return ask('/presets', { method: 'POST', headers: json, body: JSON.stringify({ name, configuration }) })
    }
    const readyz = async () =>
      (await ask('/readyz')).json() as Promise<{ status: string; store: { error: string | null } }>
    const writable = async () => /^pluto_store_writable (\d)$/m.exec(await (await ask('/metrics')).text())?.[1]
    await ask('/devices/discover')
    const macs = fleet.miners.map((miner) => miner.mac)
    await ask('/devices/imprint', { method: 'PUT', headers: json, body: JSON.stringify({ macs }) })
    t.equal(await writable(), '1')

    fill(directory)
    const acknowledged: string[] = []
    await until('a write has failed', async () => {
      const name = `${acknowledged.length}`
      const answer = await create(name)
      if (answer.status === 200) acknowledged.push(name)
      return answer.status !== 200
    })
    const refused = await create('refused')
    t.equal(refused.status, 503)
    t.equal(refused.headers.get('retry-after'), '5')
    t.match(await refused.json(), { code: 'PLUTO_STORE_WRITE', message: /no space left on device/ })
    t.match(await readyz(), { status: 'not ready', store: { open: false, error: 'no space left on device' } })
    t.equal(await writable(), '0')
    const polls = fleet.miners.map((miner) => miner.infoRequests)
    await until('miners are polled', () => fleet.miners.every((miner, i) => miner.infoRequests > (polls[i] ?? 0) + 1))
    for (const path of [
      '/devices/imprint',
      '/devices/discovered',
      '/presets',
      '/operations',
      '/fleet/history?metric=powerWatts'
    ])
      t.equal((await ask(path)).status, 200, path)
    t.equal((await ask(`/devices/${macs[0]}/history?metric=powerWatts`)).status, 200)

    truncateSync(`${directory}/ballast`, statSync(`${directory}/ballast`).size - 100_000)
    t.equal((await create('squeezed in')).status, 503, 'so little room would not last')

    rmSync(`${directory}/ballast`)
    await until('the store has recovered, though nobody asked it to', async () => (await readyz()).status === 'ready')
    t.equal(await writable(), '1')
    t.equal((await create('after')).status, 200)
    const told = (text: string) => backend.lines.filter((line) => line.includes(text))
    t.equal(told('the store cannot be written').length, 1)
    t.match(told('the store cannot be written')[0], 'no space left on device')
    t.equal(told('the store can be written again').length, 1)
    t.equal(told('could not be stored').length, 0)
    await backend.stop('SIGKILL')

    const again = new Backend(t, { DATA_DIR: `${directory}/data`, AUTO_LISTEN: 'false' })
    const { data } = (await (await fetch(`${await again.url()}/presets`)).json()) as { data: { name: string }[] }
    t.same(data.map(({ name }) => name).sort(), [...acknowledged, 'after'].sort())
  }
)
