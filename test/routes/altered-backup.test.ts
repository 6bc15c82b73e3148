import { createHash } from 'node:crypto'
import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { build, until, watchFleet } from '../helper.ts'

const SECRETS_KEY = 'ab'.repeat(32)
const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w', stratumPassword: 'hunter2' }

interface Line {
  table: string
  key: string
  value: Record<string, unknown>
}

const { app, fleet } = await watchFleet(t, { devices: 2 }, { SECRETS_KEY })
const macs = fleet.miners.map((miner) => miner.mac).sort()
const [first, second] = [
  await app.presets.create({ name: 'Ocean', configuration }),
  await app.presets.create({ name: 'Solo', configuration })
]
await app.devices.edit(macs[0] ?? '', { presetUuid: first.uuid })
const { id: operationId } = await app.operations.start({ macs, action: 'identify' }, {})
await until('the end of the operation is stored', () => app.db.operations.get(operationId)?.finishedAt)
await until('the last readings are stored', async () => (await app.db.readTelemetry(macs)).every(Boolean))
const lines = (await app.inject({ method: 'POST', url: '/backup' })).body.trimEnd().split('\n')
const header = lines[0] ?? ''
const genuine = lines.slice(1, -1).map((line) => JSON.parse(line) as Line)

/** A backup with a right checksum, as whoever alters it would make it. */
function seal(records: unknown[]): string {
  const body = [header, ...records.map((record) => JSON.stringify(record))].map((line) => `${line}\n`).join('')
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ end: true, records: records.length, sha256 })}\n`
}

const restore = (to: FastifyInstance, records: unknown[]) =>
  to.inject({
    method: 'PUT',
    url: '/backup',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: seal(records)
  })

/** The genuine records with the first of a table altered. */
function altered(table: string, alter: (line: Line) => void): Line[] {
  const records = structuredClone(genuine)
  const line = records.find((record) => record.table === table)
  if (!line) throw new Error(`no record of ${table}`)
  alter(line)
  return records
}
const withValue = (table: string, change: object) =>
  altered(table, (line) => void (line.value = { ...line.value, ...change }))
const operation = genuine.find(({ table }) => table === 'operations')?.value ?? {}
const counts = operation['counts'] as Record<string, number>
const sealedFirst = genuine.find(({ key }) => key === first.uuid)?.value['secrets']
const other = 'bc:dd:c2:ff:ff:01'

const refused: [what: string, records: unknown[], said: RegExp][] = [
  [
    'an imprint under the MAC of another',
    altered('imprinted', (line) => void (line.key = other)),
    /record of "imprinted"/
  ],
  [
    'a MAC in capitals',
    altered('imprinted', (line) => {
      line.key = line.key.toUpperCase()
      line.value['mac'] = line.key
    }),
    /mac is not a MAC in lower case/
  ],
  ['an invalid address', withValue('imprinted', { ip: '127.1' }), /ip is not valid/],
  ['an invalid time', withValue('imprinted', { createdAt: '2026-99-99T00:00:00Z' }), /createdAt is not valid/],
  ['a record twice', [...genuine, genuine[0]], /key is that of line 2/],
  [
    'two presets of one name',
    altered('presets', (line) => void (line.value['name'] = line.key === first.uuid ? ' sOLO' : 'ocean ')),
    /name is that of the preset in line \d+/
  ],
  ['a preset without a name', withValue('presets', { name: ' ' }), /name is not valid/],
  [
    'a preset with a foreign setting',
    withValue('presets', { configuration: { ...configuration, stratumPassword: 'x' } }),
    /configuration.stratumPassword is not valid/
  ],
  [
    'an invalid port',
    withValue('presets', { configuration: { stratumURL: 'x', stratumUser: 'x', stratumPort: -1 } }),
    /configuration.stratumPort is not valid/
  ],
  [
    'an unknown placeholder',
    withValue('presets', { configuration: { stratumURL: 'x', stratumUser: '{x}', stratumPort: 1 } }),
    /unknown placeholder/
  ],
  [
    'a password of another preset',
    genuine.map((line) =>
      line.key === second.uuid ? { ...line, value: { ...line.value, secrets: sealedFirst } } : line
    ),
    /secrets.stratumPassword was not sealed for this preset/
  ],
  [
    'an invalid secret',
    withValue('presets', { secrets: { stratumPassword: 42 } }),
    /secrets.stratumPassword is not a sealed/
  ],
  [
    'a secret of another name',
    withValue('presets', { secrets: { toString: 'x' } }),
    /secrets.toString is not a sealed/
  ],
  ['a negative count', withValue('operations', { counts: { ...counts, failed: -1 } }), /counts.failed is negative/],
  ['counts that do not add up', withValue('operations', { total: 7 }), /total is not the sum/],
  [
    'an operation that ended at no time',
    altered('operations', (line) => void Reflect.deleteProperty(line.value, 'finishedAt')),
    /finishedAt does not fit/
  ],
  ['an operation of no kind', withValue('operations', { action: 'format' }), /action is not valid/],
  [
    'a row without its operation',
    genuine.filter(({ table }) => table !== 'operations'),
    /key names an operation that is missing/
  ],
  ['a row of no status', withValue('operation-rows', { status: 'gone' }), /status is unknown/],
  [
    'a reading of another miner',
    altered('telemetry', (line) => void (line.key = other)),
    /info.macAddr is that of another miner/
  ],
  ['a reading of no time', withValue('telemetry', { at: '9999-99-99T99Z' }), /at is not a time/],
  [
    'a miner whose answer is that of another',
    altered('discovered', (line) => {
      line.key = other
      line.value['mac'] = other
    }),
    /info.macAddr/
  ],
  [
    'a list of dashboards that is none',
    [...genuine, { table: 'meta', key: 'grafana.published', value: 'nonsense' }],
    /line \d+/
  ],
  [
    'a list of dashboards of numbers',
    [...genuine, { table: 'meta', key: 'grafana.removals', value: '[1]' }],
    /not a list of dashboards/
  ],
  ['an unknown note', [...genuine, { table: 'meta', key: '__proto__', value: 'x' }], /key is unknown/],
  [
    'a table of the prototype',
    [...genuine, { table: '__proto__', key: 'x', value: {} }],
    /not a record of "__proto__"/
  ],
  [
    '10,000 operations',
    [
      ...genuine,
      ...Array.from({ length: 10_000 }, (_, i) => {
        const id = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
        return { table: 'operations', key: id, value: { ...operation, id, status: 'running', finishedAt: undefined } }
      })
    ],
    /more than 200 operations/
  ]
]

for (const [what, records, said] of refused) {
  t.test(`P47: an altered backup with ${what} is refused with its line and field`, async (t) => {
    const answer = await restore(app, records)
    t.match(answer.json(), { statusCode: 400, code: 'PLUTO_BACKUP_INVALID', message: said })
    t.match(answer.json().message, /line \d+/)
    t.equal(app.db.imprinted.size, 2)
  })
}

t.test(
  'P47: what an altered backup adds that the service never keeps is left out, and the next start works',
  async (t) => {
    const DATA_DIR = t.testdir()
    const fresh = await build(t, { DATA_DIR, SECRETS_KEY, AUTO_LISTEN: false })
    const entry = { id: '1', at: '2026-01-01T00:00:00.000Z', ip: '::1', method: 'PUT', action: 'x', devices: [] }
    const records = altered('discovered', ({ value }) => {
      value['info'] = { ...(value['info'] as object), wifiPass: 'hunter3' }
    }).map((line) =>
      line.table === 'imprinted' ? { ...line, value: { ...line.value, presetUuid: operationId, ip: '8.8.8.8' } } : line
    )
    const added = [
      ...Array.from({ length: 20_000 }, (_, i) => ({ table: 'audit', key: `${i}`, value: { ...entry, id: `${i}` } })),
      { table: 'meta', key: 'schemaVersion', value: '99' },
      { table: 'meta', key: 'sequence', value: '-1' },
      { table: 'meta', key: 'keyId', value: 'other' }
    ]
    t.equal((await restore(fresh, [...records, ...added])).statusCode, 200)
    t.ok(fresh.db.audit.size < 10)
    t.notMatch((await fresh.inject('/devices/discovered')).body, 'hunter3')
    t.same(
      fresh.db.imprinted.list().map(({ presetUuid }) => presetUuid),
      [null, null]
    )
    await fresh.close()
    const again = await build(t, { DATA_DIR, SECRETS_KEY, AUTO_LISTEN: false })
    for (const url of ['/devices/imprint', '/devices/discovered', '/presets', '/operations', '/metrics', '/readyz'])
      t.equal((await again.inject(url)).statusCode, 200, url)
    t.equal(again.presets.list().length, 2)
  }
)
