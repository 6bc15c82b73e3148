import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { Level } from 'level'
import t, { type Test } from 'tap'
import type { Migration } from '../../../plugins/db/migrations.ts'
import { openStore } from '../../../plugins/db/store.ts'
import { Backend } from '../../support/process.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
const MAC = 'bc:dd:c2:00:00:01'
const imprint = {
  ...{ mac: MAC, ip: '192.168.1.2', ipSetAt: '2026-01-01T00:00:00.000Z', type: 'Gamma', presetUuid: null },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' }
}

const capitals: Migration = {
  version: 2,
  name: 'types in capitals',
  change(record) {
    if (record.table !== 'imprinted') return record
    const value = record.value as typeof imprint
    return { ...record, value: { ...value, type: value.type.toUpperCase() } }
  }
}
const noNotes: Migration = {
  version: 3,
  name: 'no notes any more',
  change: (record) => (record.table === 'meta' && record.key === 'note' ? null : record)
}

/** A store of this version; by default as the program has left it that knew none. */
async function storeOf(t: Test, version?: string): Promise<string> {
  const DATA_DIR = t.testdir()
  const store = await openStore(DATA_DIR)
  const own = version === undefined ? store.meta.del('schemaVersion') : store.meta.put('schemaVersion', version)
  await store.commit(() => [store.imprinted.put(MAC, imprint), store.meta.put('note', 'x'), own])
  await store.close()
  return DATA_DIR
}

/** Everything in the database, as it is on disk. */
async function contentOf(DATA_DIR: string): Promise<Record<string, unknown>> {
  const level = new Level<string, unknown>(`${DATA_DIR}/store`, { valueEncoding: 'json' })
  const entries = await level.iterator().all()
  await level.close()
  return Object.fromEntries(entries)
}

t.test('a store without a version counts as the first, and is brought up to date step by step', async (t) => {
  const DATA_DIR = await storeOf(t)
  const store = await openStore(DATA_DIR, { migrations: [capitals, noNotes] })
  t.equal(store.imprinted.get(MAC)?.type, 'GAMMA')
  t.equal(store.meta.get('note'), undefined)
  t.equal(store.meta.get('schemaVersion'), '3')
  t.equal(store.schemaVersion, 3)
  await store.close()
  const content = await contentOf(DATA_DIR)
  t.match(content, { [`!imprinted!${MAC}`]: { type: 'GAMMA' }, '!meta!schemaVersion': '3' })
  t.notOk('!meta!note' in content)
})

t.test('a store of today says from then on that it has the first version', async (t) => {
  const DATA_DIR = await storeOf(t)
  await (await openStore(DATA_DIR)).close()
  t.match(await contentOf(DATA_DIR), { '!meta!schemaVersion': '1', [`!imprinted!${MAC}`]: imprint })
})

t.test('a migration that has been made is not made again', async (t) => {
  const DATA_DIR = await storeOf(t, '2')
  const store = await openStore(DATA_DIR, { migrations: [capitals, noNotes] })
  t.equal(store.imprinted.get(MAC)?.type, 'Gamma')
  t.equal(store.meta.get('note'), undefined)
  await store.close()
})

t.test('a migration that fails leaves the step before it, and says where it failed', async (t) => {
  const DATA_DIR = await storeOf(t)
  const failing: Migration = {
    version: 3,
    name: 'a step that fails',
    change(record) {
      if (record.table === 'meta') throw new Error('made to fail')
      return null
    }
  }
  await t.rejects(openStore(DATA_DIR, { migrations: [capitals, failing] }), {
    code: 'PLUTO_MIGRATION',
    message: /version 3 \(a step that fails\): !meta!note: made to fail/
  })
  t.match(await contentOf(DATA_DIR), { [`!imprinted!${MAC}`]: { type: 'GAMMA' }, '!meta!schemaVersion': '2' })
})

t.test('a kill -9 in the middle of a migration leaves the store as it was', async (t) => {
  const DATA_DIR = await storeOf(t)
  const before = await contentOf(DATA_DIR)
  const code = `
    const { openStore } = await import('./plugins/db/store.ts')
    let seen = 0
    const change = () => (++seen === 2 ? process.kill(process.pid, 'SIGKILL') : null)
    await openStore(${JSON.stringify(DATA_DIR)}, { migrations: [{ version: 2, name: 'x', change }] })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, stdio: 'ignore' })
  const [, signal] = await once(child, 'exit')
  t.equal(signal, 'SIGKILL')
  t.same(await contentOf(DATA_DIR), before)
})

t.test('a store of a newer program stops the start with one line, and is not touched', async (t) => {
  const DATA_DIR = await storeOf(t, '7')
  const key = 'ab'.repeat(32)
  writeFileSync(`${DATA_DIR}/secrets.key`, key)
  const before = await contentOf(DATA_DIR)
  const backend = new Backend(t, { DATA_DIR, LOG_LEVEL: 'silent' })
  t.equal(await backend.ended(), 1)
  const newer = 'start the newer program that wrote it. Nothing was changed'
  t.same(backend.lines, [
    `The store in DATA_DIR ${DATA_DIR} has version "7", but this program supports versions up to 1: ${newer}`
  ])
  t.same(await contentOf(DATA_DIR), before)
  t.equal(readFileSync(`${DATA_DIR}/secrets.key`, 'utf8'), key)
})
