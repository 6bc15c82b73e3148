import { Level } from 'level'
import t from 'tap'
import { build, watchFleet } from '../../helper.ts'

t.test('a damaged record of each kind is left where it is, and the others do their work', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { DATA_DIR })
  const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w' }
  await app.presets.create({ name: 'whole', configuration })
  await app.close()

  const level = new Level<string, string>(`${DATA_DIR}/store`)
  const broken = ['{}', 'null', '[]', '{"mac":42}', '{"mac":"x"', '"text"', '{"uuid":"u","name":"n","id":"i"}']
  for (const table of ['imprinted', 'discovered', 'presets', 'operations', 'meta']) {
    const sublevel = level.sublevel<string, string>(table, { valueEncoding: 'utf8' })
    for (const [i, text] of broken.entries())
      if (table !== 'meta' || text !== '"text"') await sublevel.put(`bad${i}`, text)
  }
  await level.close()

  const again = await build(t, { DATA_DIR })
  t.same(
    again.devices
      .list()
      .map((device) => device.mac)
      .sort(),
    fleet.miners.map((miner) => miner.mac).sort()
  )
  for (const url of ['/devices/imprint', '/devices/discovered', '/presets', '/operations', '/metrics', '/readyz']) {
    t.equal((await again.inject(url)).statusCode, 200, url)
  }
  t.equal(again.presets.list().length, 1)
  await again.close()

  const kept = new Level<string, string>(`${DATA_DIR}/store`)
  t.equal(await kept.sublevel<string, string>('imprinted', { valueEncoding: 'utf8' }).get('bad0'), '{}')
  await kept.close()
})
