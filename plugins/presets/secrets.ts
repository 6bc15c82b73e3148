/** The fields of a preset that are sealed. */
export const PRESET_SECRETS = ['stratumPassword', 'fallbackStratumPassword'] as const

/** What a sealed field of a preset is bound to. */
export const presetSecretContext = (uuid: string, field: string): string => `presets/${uuid}/${field}`
