import type { PresetRecord } from '../../schemas/preset.ts'

/** The fields of a preset that are sealed. */
export const PRESET_SECRETS = ['stratumPassword', 'fallbackStratumPassword'] as const

/** What a sealed field of a preset is bound to. */
export const presetSecretContext = (uuid: string, field: string): string => `presets/${uuid}/${field}`

/** What opens and seals passwords: as `app.vault` does. */
interface Cipher {
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
}

/** What became of the passwords of presets. */
export interface Resealed {
  records: PresetRecord[]
  count: number
  /** Those that could not be opened, by preset and field: they stay as they are. */
  unreadable: string[]
}

/** Seals every password of these presets anew. A damaged one costs nobody else theirs. */
export function resealPresets(presets: PresetRecord[], from: Cipher, to: Cipher): Resealed {
  const unreadable: string[] = []
  let count = 0
  const records = presets.map((record) => {
    const secrets = { ...record.secrets }
    for (const field of PRESET_SECRETS) {
      const sealed = secrets[field]
      if (sealed === undefined) continue
      const context = presetSecretContext(record.uuid, field)
      try {
        secrets[field] = to.seal(from.open(sealed, context), context)
        count++
      } catch {
        unreadable.push(`${field} of the preset "${record.name}"`)
      }
    }
    return { ...record, secrets }
  })
  return { records, count, unreadable }
}
