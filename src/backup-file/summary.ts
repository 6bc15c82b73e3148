import type { FileSummary } from '../cli/transfer.ts'

/** Says in one line what a backup holds. */
export function summarize({ header, records, bytes, tables }: FileSummary): string {
  const count = (table: string) => tables.get(table) ?? 0
  const parts = [
    `${records} records`,
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${count('imprinted')} devices`,
    `${count('presets')} presets`,
    `made ${header.createdAt}`,
    `key ${header.keyId}`
  ]
  return parts.join(', ')
}
