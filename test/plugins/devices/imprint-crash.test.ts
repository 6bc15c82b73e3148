import t from 'tap'
import { reach, simulate } from '../../helper.ts'
import { Backend } from '../../support/process.ts'

t.test('P47 what discovery knows of a miner outlives kill -9 right after its imprint', async (t) => {
  const fleet = await simulate(t, { devices: 3, profiles: ['gamma-601-v2.1'] })
  const env = {
    DATA_DIR: t.testdir(),
    AUTO_LISTEN: 'false',
    DEVICE_NETWORKS: '127.0.0.0/8',
    TELEMETRY_FLUSH_MS: '3600000',
    DISCOVERY_NETWORKS: String(reach(fleet).DISCOVERY_NETWORKS)
  }
  const backend = new Backend(t, env)
  const url = await backend.url()
  await fetch(`${url}/devices/discover`)
  const imprinted = await fetch(`${url}/devices/imprint`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ macs: fleet.miners.map(({ mac }) => mac) })
  })
  const { data: before } = (await imprinted.json()) as { data: { mac: string; info: object }[] }
  await backend.stop('SIGKILL')

  const again = new Backend(t, env)
  const { data: after } = (await (await fetch(`${await again.url()}/devices/imprint`)).json()) as {
    data: typeof before
  }
  t.equal(after.length, 3)
  for (const { mac, info } of before) {
    t.match(info, { ASICModel: 'BM1370', hashRate: Number, hostname: String })
    t.same(after.find((device) => device.mac === mac)?.info, info)
  }
})
