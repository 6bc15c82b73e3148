import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseLine } from '../../../plugins/logs/parse.ts'

const ESC = '\u001b'
const parse = (text: string, line: { cut?: boolean; first?: boolean } = {}) =>
  parseLine({ text, cut: false, first: false, ...line })

t.test('a coloured line of ESP-IDF is read into level, uptime, tag and message', async (t) => {
  t.same(parse(`${ESC}[0;33mW (118764501) stratum_task: message result rejected${ESC}[0m`), {
    level: 'W',
    uptimeMs: 118764501,
    tag: 'stratum_task',
    message: 'message result rejected',
    raw: 'W (118764501) stratum_task: message result rejected'
  })
})

t.test('without a letter the colour tells the level, without both nothing does', async (t) => {
  t.match(parse(`${ESC}[0;31m(12) wifi: lost${ESC}[0m`), { level: 'E', tag: 'wifi' })
  const bare = parse('(2090793) emc2302: fan speed: 2390RPM')
  t.match(bare, { tag: 'emc2302', message: 'fan speed: 2390RPM', uptimeMs: 2090793 })
  t.notOk(bare && 'level' in bare)
})

t.test('other shapes keep the whole line as their message, and empty lines are dropped', async (t) => {
  t.match(parse('I (118770191) wifi:bcn_timeout,ap_probe_send_start'), { tag: 'wifi', message: /^bcn/ })
  t.same(parse('--- SYSTEM RESTART ---'), { message: '--- SYSTEM RESTART ---', raw: '--- SYSTEM RESTART ---' })
  t.equal(parse(''), null)
  t.equal(parse(`${ESC}[0m`), null)
})

t.test('no terminal control codes remain', async (t) => {
  const hostile = `I (1) pool: ${ESC}[2J${ESC}]0;owned\u0007\u0000\u009b31mtext\tend${ESC}`
  const { raw = '' } = parse(hostile) ?? {}
  t.notMatch(raw, /[^\P{Cc}\t]/u)
  t.match(raw, /text\tend$/)
})

t.test('a cut line says so', async (t) => {
  t.match(parse('I (1) a: bcd', { cut: true })?.message, /^bcd … \[cut at 8192 characters\]$/)
})

t.test('P19 the end of a line whose beginning was not received is dropped when it holds JSON', async (t) => {
  t.equal(parse('rize","params":["user","hunter2"]}', { first: true }), null)
  t.match(parse('ESP-ROM:esp32s3-20210327', { first: true }), { raw: /^ESP/ })
  t.match(parse('I (1) stratum_api: tx: {"id":1}', { first: true }), { tag: 'stratum_api' })
})

for (const name of ['ws-log-lines-espminer.txt', 'ws-log-lines-nerdqaxe.txt']) {
  t.test(`every captured line of ${name} has its uptime and tag`, async (t) => {
    const file = join(import.meta.dirname, '../../fixtures/other', name)
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    t.ok(lines.length > 5)
    for (const line of lines) t.match(parse(line), { uptimeMs: Number, tag: String, raw: line.trimEnd() })
  })
}
