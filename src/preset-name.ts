/** The form in which the names of two presets must differ: case and surrounding space do not count. */
export const presetNameKey = (name: string): string => name.trim().normalize('NFKC').toLowerCase()
