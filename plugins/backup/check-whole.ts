import { BackupInvalidError } from '../../src/errors/store.ts'
import type { StoredRecord } from '../../src/backup-file/format.ts'
import type { Imprint } from '../../schemas/device.ts'
import { presetNameKey, type PresetRecord } from '../../schemas/preset.ts'

export interface BackupLimits {
  presets: number
  operations: number
}

/** Creates the check of how the records of one backup fit together. */
export function createWholeCheck(limits: BackupLimits) {
  const lines = new Map<string, number>()
  const names = new Map<string, number>()
  const counts = { presets: 0, operations: 0 }

  function countRecord(table: string, line: number): void {
    if (table !== 'presets' && table !== 'operations') return
    if (++counts[table] > limits[table])
      throw new BackupInvalidError(`line ${line}: it holds more than ${limits[table]} ${table}`)
  }

  return {
    /** @throws {BackupInvalidError} the record collides with an earlier one, or there are too many */
    add({ table, key, value }: StoredRecord, line: number): void {
      const id = `${table} ${key}`
      const earlier = lines.get(id)
      if (earlier !== undefined) throw new BackupInvalidError(`line ${line}: key is that of line ${earlier}`)
      lines.set(id, line)
      countRecord(table, line)
      if (table !== 'presets') return
      const name = presetNameKey((value as PresetRecord).name)
      const same = names.get(name)
      if (same !== undefined) throw new BackupInvalidError(`line ${line}: name is that of the preset in line ${same}`)
      names.set(name, line)
    },

    /**
     * Resolves references between records. A device whose preset is missing has none.
     * @throws {BackupInvalidError} a row belongs to no operation
     */
    finish(records: StoredRecord[]): StoredRecord[] {
      for (const { table, key } of records) {
        if (table !== 'operation-rows' || lines.has(`operations ${key.slice(0, key.indexOf(':'))}`)) continue
        throw new BackupInvalidError(`line ${lines.get(`${table} ${key}`)}: key names an operation that is missing`)
      }
      return records.map((record) => {
        if (record.table !== 'imprinted') return record
        const imprint = record.value as Imprint
        const isKnown = imprint.presetUuid === null || lines.has(`presets ${imprint.presetUuid}`)
        return isKnown ? record : { ...record, value: { ...imprint, presetUuid: null } }
      })
    }
  }
}
