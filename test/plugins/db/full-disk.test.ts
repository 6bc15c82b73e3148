import t from 'tap'
import { Backend } from '../../support/process.ts'

/**
 * No file may grow beyond 64 KiB: a write fails in its middle, as on a full disk, and a new file has room again. What tap
 * puts into every process would end it with a signal instead.
 */
const NARROW = ['bash', '-c', 'unset NODE_OPTIONS; ulimit -f 64 && exec "$0" "$@"']

async function create(url: string, name: string): Promise<number> {
  const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'x'.repeat(255) }
  const body = JSON.stringify({ name, configuration })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${url}/presets`, { method: 'POST', headers, body })).status
}

const namesOf = async (url: string) => {
  const { data } = (await (await fetch(`${url}/presets`)).json()) as { data: { name: string }[] }
  return data.map(({ name }) => name).sort()
}

t.test('what is acknowledged after the disk was full is there after a kill -9, and readiness is true', async (t) => {
  const env = { DATA_DIR: t.testdir() }
  const backend = new Backend(t, env, 'src/server.ts', NARROW)
  const url = await backend.url()
  const isReady = async () => (await fetch(`${url}/readyz`)).ok
  const acknowledged: string[] = []
  let failures = 0
  for (let i = 0; i < 1000 && failures < 2; i++) {
    const status = await create(url, `${i}`)
    if (status === 200) acknowledged.push(`${i}`)
    else failures++
    if (status !== 200) t.equal(await isReady(), false)
  }
  t.equal(failures, 2, 'a log was full twice')
  for (const name of ['last', 'very last']) {
    t.equal(await create(url, name), 200)
    acknowledged.push(name)
  }
  t.equal(await isReady(), true)
  acknowledged.sort()
  t.same(await namesOf(url), acknowledged)
  await backend.stop('SIGKILL')

  const again = new Backend(t, env)
  t.same(await namesOf(await again.url()), acknowledged)
})
