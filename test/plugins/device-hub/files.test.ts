import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { until, watchFleet } from '../../helper.ts'

const openFiles = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)

t.test('P18 no name of a device becomes a file name, and polling leaks no descriptors', async (t) => {
  const outside = t.testdir({ deep: { er: { data: {} } } })
  const DATA_DIR = join(outside, 'deep/er/data')
  const hostnames = ['../../x', '/tmp/pluto-x', 'a/b', '..', 'con\0', '%2e%2e%2fx']
  const { app, fleet } = await watchFleet(t, { devices: 6, hostnames }, { DATA_DIR })
  const polls = () => fleet.miners.reduce((sum, miner) => sum + miner.infoRequests, 0)
  const [files, before] = [openFiles(), polls()]
  await until('a hundred more polls were answered', () => polls() >= before + 100)
  t.ok(openFiles() <= files + 2, `${files} descriptors before, ${openFiles()} after`)

  await app.close()
  const names = readdirSync(outside, { recursive: true }).map(String)
  t.same(names.filter((name) => !name.startsWith('deep/er/data/')).sort(), ['deep', 'deep/er', 'deep/er/data'])
  for (const name of readdirSync(resolve(DATA_DIR, 'store'))) t.match(name, /^[A-Z0-9.a-z-]+$/)
  t.notOk(existsSync('/tmp/pluto-x'))
})
