import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Runs tap and ends with the plain line `N passed, N failed`, because tap's own summary depends on the reporter. */
const tap = spawn('tap', ['--reporter=terse', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  // Each test file is a process of its own; the cache saves compiling shared modules again.
  env: { ...process.env, NODE_COMPILE_CACHE: 'node_modules/.cache/compiled' }
})
const totals = { pass: 0, fail: 0 }

for await (const line of createInterface({ input: tap.stdout })) {
  console.log(line)
  if (!/^# \{ total: \d+/.test(line)) continue
  totals.pass = Number(/pass: (\d+)/.exec(line)?.[1] ?? 0)
  totals.fail = Number(/fail: (\d+)/.exec(line)?.[1] ?? 0)
}

const code =
  tap.exitCode ?? (await new Promise<number>((resolve) => tap.once('exit', (status) => resolve(status ?? 1))))
console.log(`${totals.pass} passed, ${totals.fail} failed`)
process.exitCode = code === 0 && totals.pass === 0 ? 1 : code
