import t from 'tap'
import { macOf, titleOf, uidOf } from '../../../plugins/grafana/names.ts'
import { createRenderer } from '../../../plugins/grafana/render.ts'
import { until } from '../../helper.ts'
import { imprint, macNumber, uidsOf, withGrafana } from './helper.ts'

const MAC = 'bc:dd:c2:8d:c8:4f'
const HOSTILE: Record<string, [given: string | null, shown: string]> = {
  'a plain name': ['garage', 'garage'],
  'a leading digit': ['2nd miner', '2nd miner'],
  'no name': [null, 'Miner'],
  'an empty name': ['', 'Miner'],
  'only blanks': [' \t\n', 'Miner'],
  'blanks around and within': ['  my \n  miner ', 'my miner'],
  quotes: ['my "best" miner', 'my "best" miner'],
  braces: ['x"} or vector(1) #{{a}}', 'x"} or vector(1) #{{a}}'],
  'the placeholders of a template': ['__mac__ __datasource__ $& $1', '__mac__ __datasource__ $& $1'],
  'variables of Grafana': ['$host ${host} [[host]]', '$host ${host} [[host]]'],
  'control characters': ['a\0b\u0085c', 'a b c'],
  'a turned direction': ['\u202eexim', 'exim'],
  'half a surrogate pair': ['x\ud83dy', 'x�y'],
  unicode: ['NerdOCTAXE-γ 🙂', 'NerdOCTAXE-γ 🙂'],
  'a path': ['../../etc/passwd', '../../etc/passwd'],
  'the name of a property': ['__proto__', '__proto__'],
  'a name without end': ['🙂'.repeat(100_000), '🙂'.repeat(80)]
}

for (const [what, [given, shown]] of Object.entries(HOSTILE)) {
  t.test(`P02 ${what} is in the title, and nowhere else`, async (t) => {
    t.equal(titleOf(MAC, given), `${shown} (${MAC})`)
    const renderer = createRenderer('prometheus')
    const { title, ...rest } = renderer.device(MAC, given).render()
    const { title: _, ...plain } = renderer.device(MAC, 'plain').render()
    t.equal(title, `${shown} (${MAC})`)
    t.same(rest, plain)
    t.ok(title.length <= 189, 'what Grafana’s database has room for')
    t.equal(title, title.trim(), 'Grafana trims titles, and it is compared with what Grafana keeps')
  })
}

t.test('P02 a fleet of hostile names has its dashboards, under uids that Grafana takes', async (t) => {
  const names = Object.values(HOSTILE).map(([given], i): [string, string] => [macNumber(i), given ?? ''])
  const { grafana, start } = await withGrafana(t)
  const macs = names.map(([mac]) => mac)
  const backend = await start(await imprint(t, macs, Object.fromEntries(names)), {}, { reconcileMs: 30 })
  await backend.settled()
  t.same([...grafana.dashboards.keys()].sort(), uidsOf(macs))
  const written = grafana.writes().length
  const looks = () => grafana.seen.filter(({ path }) => path === 'folders/pluto').length
  const before = looks()
  await until('it has looked again', () => looks() > before + 2)
  t.equal(grafana.writes().length, written, 'each title is as it is to be')
})

t.test('a uid is made of a canonical MAC and leads back to it', async (t) => {
  t.equal(uidOf(MAC), 'pluto-bcddc28dc84f')
  t.equal(macOf('pluto-bcddc28dc84f'), MAC)
  for (const foreign of ['pluto-overview', 'pluto-BCDDC28DC84F', 'pluto-bcddc28dc84', 'x', 'pluto-bcddc28dc84f0'])
    t.equal(macOf(foreign), null)
  for (const wrong of ['../../x', 'BC:DD:C2:8D:C8:4F', 'bc-dd-c2-8d-c8-4f', '']) t.throws(() => uidOf(wrong), TypeError)
})
