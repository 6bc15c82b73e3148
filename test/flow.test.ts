import t from 'tap'
import { io } from 'socket.io-client'
import type { Device } from '../schemas/device.ts'
import { reach, serve, simulate, until } from './helper.ts'

const json = { 'content-type': 'application/json' }

t.test('the main job, from an empty store to an empty store, over real sockets', async (t) => {
  const fleet = await simulate(t, { devices: 7, profiles: ['v2.9.0', 'v2.12.2', 'v2.15.3', 'LTS'] })
  const { url } = await serve(t, { ...reach(fleet), POLL_TIMEOUT_MS: 400 })
  const [hanging, killed, left, right, renamed, deleted, witness] = fleet.miners.map((miner) => miner.mac) as string[]
  const macs = fleet.miners.map((miner) => miner.mac)
  const miner = (mac = '') => fleet.miner(mac)

  const get = async <T>(path: string) => (await (await fetch(url + path)).json()) as T
  const put = (path: string, body: object) =>
    fetch(url + path, { method: 'PUT', headers: json, body: JSON.stringify(body) })
  const device = async (mac = '') => (await get<{ data: Device }>(`/devices/imprint/${mac}`)).data
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  const sample = async (name: string, mac = '') =>
    new RegExp(`^${name}\\{[^}]*mac="${mac}"[^}]*\\} (\\S+)`, 'm').exec(await metrics())?.[1]

  // Find and imprint
  const found = await get<Device[]>('/devices/discover')
  t.same(found.map((row) => row.mac).sort(), [...macs].sort())
  t.match(await get<Device[]>(`/devices/discovered?macs=${hanging}&partialMacs=none`), [{ mac: hanging }])
  t.equal((await put('/devices/imprint', { macs })).status, 200)
  t.equal((await put('/devices/listen', { macs })).status, 200)

  // Monitor and publish
  const socket = io(url, { path: '/socket/io', transports: ['websocket'] })
  t.teardown(() => void socket.disconnect())
  const heard = { stat_update: new Set<string>(), error: new Set<string>(), device_removed: new Set<string>() }
  for (const [event, set] of Object.entries(heard)) {
    socket.on(event, (payload: { mac?: string; macRemoved?: string }) =>
      set.add(payload.mac ?? payload.macRemoved ?? '')
    )
  }
  await until('an update of every miner has arrived', () => heard.stat_update.size === 7)
  await until('every miner is up', async () => (await metrics()).match(/^pluto_device_up\{.*\} 1$/gm)?.length === 7)
  t.match(await sample('pluto_device_hashrate_hashes_per_second', renamed), /^\d/)

  // Failures
  miner(hanging).fault('hang')
  miner(killed).powerOff()
  fleet.swap(left ?? '', right ?? '')
  miner(renamed).rename('"new" näme\n')
  await until('the hanging one is offline', async () => (await device(hanging)).state === 'offline')
  await until('the killed one is offline', async () => (await device(killed)).state === 'offline')
  for (const mac of [left, right]) {
    await until('the swapped one answers at its new address', async () => {
      const { ip, tracing } = await device(mac)
      return tracing && ip === miner(mac).address
    })
  }
  await until('the new name is published', async () => (await metrics()).includes('hostname="\\"new\\" näme\\n"'))
  t.match(await device(hanging), { tracing: false, error: /did not answer/ })
  t.match(await device(killed), { tracing: false, error: String })
  t.ok(heard.error.has(hanging ?? '') && heard.error.has(killed ?? ''))
  for (const mac of [hanging, killed]) {
    t.equal(await sample('pluto_device_up', mac), '0')
    t.equal(await sample('pluto_device_hashrate_hashes_per_second', mac), undefined)
  }
  t.match(await metrics(), /^pluto_devices\{state="offline"\} 2$/m)
  t.match(await metrics(), /^pluto_devices\{state="online"\} 5$/m)

  // Removal
  const gone = macs.filter((mac) => mac !== witness)
  for (const mac of gone) {
    t.equal((await fetch(`${url}/devices/imprint/${mac}`, { method: 'DELETE' })).status, 200)
  }
  await until('each removal was announced', () => heard.device_removed.size === 6)
  t.match(await get('/devices/imprint'), { data: [{ mac: witness }] })
  t.equal((await fetch(`${url}/devices/imprint/${deleted}`)).status, 404)
  t.equal((await metrics()).match(/^pluto_device_up\{/gm)?.length, 1)
  // A search for the silent miners may still ask once; only polling would ask repeatedly.
  await until('the removed miners get no request while the remaining one is polled six times', async () => {
    const requests = gone.map((mac) => miner(mac).requests)
    const polls = miner(witness).infoRequests
    await until('the remaining one is polled six more times', () => miner(witness).infoRequests >= polls + 6)
    return gone.every((mac, i) => miner(mac).requests === requests[i])
  })
})
