import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { lacks, promtool } from './tools.ts'

const ROOT = new URL('../../deploy/prometheus', import.meta.url).pathname
const files = (pattern: string) => globSync(pattern, { cwd: ROOT }).map((file) => join(ROOT, file))
const read = (file: string) => parse(readFileSync(file, 'utf8'))
const skip = lacks('promtool')

interface Rule {
  alert?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}
interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts?: object[] }[]
}

const rules: Rule[] = files('rules/*.yml').flatMap((file) =>
  read(file).groups.flatMap((group: { rules: Rule[] }) => group.rules)
)
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : { alert, ...rule }))
const expectations = files('tests/*.yml').flatMap((file) =>
  read(file).tests.flatMap((one: RuleTest) => one.alert_rule_test)
) as RuleTest['alert_rule_test']

t.test(
  'promtool takes the configuration, with the targets of this machine and with those of compose',
  { skip },
  async (t) => {
    const { passed, output } = promtool('check', 'config', join(ROOT, 'prometheus.yml'))
    t.ok(passed, output)
    t.match(output, '4 rule files found')
    for (const directory of ['targets', 'targets.compose']) {
      t.same(globSync('*', { cwd: join(ROOT, directory) }).sort(), ['alertmanager.yml', 'pluto.yml'])
      for (const file of files(`${directory}/*.yml`)) t.ok(Array.isArray(read(file)), file)
    }
  }
)

t.test('promtool takes every rule', { skip }, async (t) => {
  const { passed, output } = promtool('check', 'rules', '--lint-fatal', ...files('rules/*.yml'))
  t.ok(passed, output)
})

for (const file of files('tests/*.yml').sort()) {
  t.test(`promtool finds the rules to hold what ${file.split('/').at(-1)} says of them`, { skip }, async (t) => {
    const { passed, output } = promtool('test', 'rules', file)
    t.ok(passed, output)
  })
}

t.test('each alert is seen to fire and to stay silent', async (t) => {
  t.ok(alerts.length > 10)
  for (const { alert } of alerts) {
    const cases = expectations.filter(({ alertname }) => alertname === alert)
    t.ok(
      cases.some(({ exp_alerts = [] }) => exp_alerts.length > 0),
      `${alert} fires`
    )
    t.ok(
      cases.some(({ exp_alerts = [] }) => exp_alerts.length === 0),
      `${alert} stays silent`
    )
  }
})

t.test('each alert has a severity and says what is wrong and what to do', async (t) => {
  for (const { alert, labels, annotations } of alerts) {
    t.match(labels?.severity, /^(critical|warning|info)$/, alert)
    t.match(annotations, { summary: /\w/, description: /\w/ }, alert)
  }
})
