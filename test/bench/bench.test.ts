import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readOptions } from '../../bench/options.ts'
import { percentile, summarize } from '../../bench/measures/percentile.ts'
import { rows, verdictOf } from '../../bench/report/targets.ts'
import { commitOf } from '../../bench/processes/worktree.ts'

const BENCH = join(import.meta.dirname, '../../bench/run.ts')

async function bench(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill())
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

t.jobs = 2

t.test('a percentile is the smallest value that the given share does not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  t.same(
    [0, 0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share)),
    [1, 50, 95, 99, 100]
  )
  t.same([percentile([7], 0.01), percentile([7], 0.99), percentile([], 0.5)], [7, 7, null])
  t.same(summarize([30, 4, 200]), { count: 3, p50: 30, p95: 200, p99: 200, max: 200 })
  t.same(summarize([]), { count: 0, p50: null, p95: null, p99: null, max: null })
})

t.test('a target applies to its own number of devices, and not without a measurement', async (t) => {
  t.equal(verdictOf(rows.quietRatio(1), 1000), 'met')
  t.equal(verdictOf(rows.quietRatio(1.01), 1000), 'missed')
  t.equal(verdictOf(rows.quietRatio(1.01), 100), 'for 1,000 devices')
  t.equal(verdictOf(rows.missedPolls(0), 100), 'met')
  t.equal(verdictOf(rows.writtenPerPoll(null), 100), 'not measured')
})

t.test('a wrong option is refused by name', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['--bogus'], /--bogus/],
    [['--devices', 'many'], /^--devices must be a number .*"many"$/],
    [['--clients', '1.5'], /^--clients must be a whole number, got "1.5"$/],
    [['--growth', '10,x'], /^--growth must be a number .*"x"$/],
    [['--faults', '--small'], /^--faults and --small cannot/],
    [['--set', 'interval'], /^--set must be like .*"interval"$/]
  ]
  for (const [args, message] of wrong) t.throws(() => readOptions(args), { message }, args.join(' '))
  t.throws(() => commitOf('no-such-commit'), { message: '--compare must name a commit, got "no-such-commit"' })
})

t.test('help names every option; a wrong one is a single line and exit code 2', async (t) => {
  const [help, bogus] = await Promise.all([bench('--help'), bench('--devices', '0')])
  t.match(help, { code: 0, out: /--devices[^]*--clients[^]*--save/, err: '' })
  t.match(bogus, { code: 2, out: '', err: /^--devices must be a number from 1 to 20000, got "0" \(see --help\)\n$/ })
})

t.test('a tiny run ends with a table, and with JSON that has every figure', async (t) => {
  const json = join(t.testdir(), 'figures.json')
  const size = ['--devices', '10', '--clients', '2', '--interval', '1000', '--latency', '1']
  const length = ['--seconds', '1', '--warmup', '0', '--starts', '1', '--rounds', '2', '--flush', '500']
  const { code, out, err } = await bench(...size, ...length, '--json', json)
  t.equal(code, 0, err)
  t.match(out, /CPU per poll, quiet, relative to the bare loop +\| .*\| (met|missed|for 1,000 devices)/)
  const { figures, machine, options } = JSON.parse(readFileSync(json, 'utf8'))
  t.match(machine, { node: process.version, cores: Number, date: String })
  t.match(options, { mode: 'standard', devices: 10 })
  const window = {
    ...{ seconds: Number, polls: Number, pollsPerSecond: Number, idealPollsPerSecond: 10, missedPolls: Number },
    ...{ cpuMs: Number, cpuMsPerPoll: Number, coreShare: Number, rssBytes: Number, peakRssBytes: Number },
    intervals: { count: Number }
  }
  const routes = ['/metrics', '/devices/imprint', '/devices/imprint/:id', '/healthz'].map((route) => {
    return { route, p50: Number, p99: Number, bytes: Number, failures: 0 }
  })
  const loop = { p50: Number, p99: Number, max: Number }
  const viewers = (clients: number) => ({
    clients,
    connected: clients,
    eventsPerSecond: Number,
    delay: { p50: Number }
  })
  t.match(figures, {
    quiet: window,
    read: { ...window, routes, loop, viewers: viewers(1) },
    busy: { ...window, routes, loop, viewers: viewers(2) },
    turns: { quiet: [window, window], busy: [window, window], tick10: [window, window], tick50: [window, window] },
    disk: { writtenBytesPerPoll: Number, seconds: Number, dataDirBytes: Number },
    starts: { imprintedMs: Number, emptyMs: Number }
  })
  // The kernel counts CPU time in steps of 10 ms: in one second, a bare loop for ten miners may have used none.
  const ratios = [figures.ratios.quiet, figures.ratios.busy].flatMap(({ tick10, tick50 }) => [tick10, tick50])
  for (const ratio of ratios) t.ok(ratio === null || typeof ratio === 'number', `a ratio, not ${ratio}`)
  const windows = [
    figures.quiet,
    figures.read,
    figures.busy,
    ...Object.values<(typeof figures.quiet)[]>(figures.turns).flat()
  ]
  for (const { polls } of windows) t.ok(polls > 0, 'the miners were polled in every window')
  t.ok(figures.busy.viewers.events > figures.read.viewers.events, 'each client receives the events')
})
