import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { until } from '../helper.ts'

const CONFIG = new URL('../../deploy/prometheus', import.meta.url).pathname

/** Why no Prometheus can run here, or false. Continuous integration must have one. */
export const noPrometheus =
  spawnSync('prometheus', ['--version']).error !== undefined && process.env.CI !== 'true'
    ? 'prometheus is not installed'
    : false

interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

/**
 * Starts a real Prometheus with the configuration of `deploy/prometheus`, on a free port of loopback, in a temporary
 * directory; it is killed when the test ends. Two things differ: its target is `backend`, and it scrapes once a second.
 * @param backend base URL of the service
 */
export async function startPrometheus(t: Test, backend: string) {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-prometheus-'))
  cpSync(CONFIG, directory, { recursive: true })
  writeFileSync(join(directory, 'targets/pluto.yml'), `- targets: ['${new URL(backend).host}']\n`)
  const config = join(directory, 'prometheus.yml')
  writeFileSync(config, readFileSync(config, 'utf8').replace(/(_interval|_timeout): \d+s/g, '$1: 1s'))

  const settings = [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  const child = spawn('prometheus', [...settings, '--web.listen-address=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(directory, { recursive: true, force: true })
  })
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  await until('Prometheus is ready', () => {
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${lines.join('\n')}`)
    return lines.some((line) => line.includes('Server is ready'))
  })
  const address = /Listening on.* address=(\S+)/.exec(lines.join('\n'))?.[1]
  return createClient(`http://${address}`)
}

/** Creates a client of a Prometheus. */
function createClient(url: string) {
  async function get<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: T; error?: string }
    if (answer.error) throw new Error(answer.error)
    return answer.data
  }
  const query = async (expression: string) =>
    (await get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result

  return {
    url,
    get,

    /** The samples of an expression now. @throws what Prometheus says of an expression that it does not take */
    query,

    /** The values of an expression now, by one of its labels; those without that label by the empty text. */
    async values(expression: string, label = ''): Promise<Record<string, number>> {
      const samples = await query(expression)
      return Object.fromEntries(samples.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]))
    }
  }
}
