import type { PresetRecord } from '../../schemas/preset.ts'

/** The sealed fields of a preset. */
export const PRESET_SECRETS = ['stratumPassword', 'fallbackStratumPassword'] as const

/** Returns the context that a sealed field of a preset is bound to. */
export const presetSecretContext = (uuid: string, field: string): string => `presets/${uuid}/${field}`

/** Opens and seals passwords, as `app.vault` does. */
interface Cipher {
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
}

/** The result of `resealPresets`. */
export interface Resealed {
  records: PresetRecord[]
  /** Number of passwords sealed with the new key. */
  count: number
  /** Passwords that could not be opened, by field and preset. They stay as they are. */
  unreadable: string[]
}

/** Seals every password of these presets with another key. A damaged password does not affect the others. */
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
