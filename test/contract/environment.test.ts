import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { Simulator } from '../../src/simulator/types.ts'
import { simulate, until } from '../helper.ts'
import { Backend } from '../support/process.ts'
import { client, startImprinted, type Device, type Envelope } from './helper.ts'

const networksOf = (fleet: Simulator) => fleet.miners.map((miner) => miner.address).join(',')

t.test('the environment has the defaults that installations rely on', async (t) => {
  t.match(loadConfig({}), { PORT: 3000, AUTO_LISTEN: true, DELETE_DATA_ON_DEVICE_REMOVE: false })
  t.notOk('DISCOVERY_SERVICE_HOST' in loadConfig({}))
  t.notOk('GF_HOST' in loadConfig({}))
})

t.test('the backend listens on PORT, and by AUTO_LISTEN monitors what was imprinted before', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet, macs } = await startImprinted(t, { devices: 1 }, { DATA_DIR, AUTO_LISTEN: false })
  await app.close()
  const asked = fleet.miners[0]?.infoRequests ?? 0
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  const env = { DATA_DIR, PORT: String(port), DEVICE_NETWORKS: '127.0.0.0/8', DISCOVERY_NETWORKS: networksOf(fleet) }
  const url = `http://127.0.0.1:${port}`
  const one = async () => (await client(url)<Envelope<Device>>('GET', `/devices/imprint/${macs[0]}`)).body.data

  const idle = new Backend(t, { ...env, AUTO_LISTEN: 'false' })
  t.equal(await idle.url(), url)
  t.match(await one(), { mac: macs[0], tracing: false })
  t.equal(await idle.stop('SIGTERM'), 0)
  t.equal(fleet.miners[0]?.infoRequests, asked)

  const watching = new Backend(t, env)
  t.equal(await watching.url(), url)
  await until('it is traced', async () => (await one()).tracing)
})

t.test('a wrong value stops the start with a message that names the variable', async (t) => {
  const wrong = {
    PORT: '99999',
    AUTO_LISTEN: 'maybe',
    DISCOVERY_SERVICE_HOST: 'localhost',
    GF_HOST: 'ftp://x',
    DELETE_DATA_ON_DEVICE_REMOVE: '7'
  }
  const backend = new Backend(t, { ...wrong, DATA_DIR: t.testdir() })
  t.equal(await backend.ended(), 1)
  const output = backend.lines.join('\n')
  for (const [name, value] of Object.entries(wrong)) t.match(output, `${name}="${value}"`)
})

t.test('without DISCOVERY_SERVICE_HOST discovery is embedded', async (t) => {
  const fleet = await simulate(t, { devices: 1, profiles: ['gamma-601-v2.15.3'] })
  const env = { DATA_DIR: t.testdir(), DEVICE_NETWORKS: '127.0.0.0/8', DISCOVERY_NETWORKS: networksOf(fleet) }
  const send = client(await new Backend(t, env).url())
  t.match((await send('GET', '/devices/discover')).body, [{ mac: fleet.miners[0]?.mac }])
})
