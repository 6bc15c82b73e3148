import { TemplateError } from '../../src/errors/presets.ts'
import type { PresetSettings } from '../../schemas/preset.ts'

const PLACEHOLDER = /\{([^{}]*)\}/g

/** What a template's placeholders stand for on one device. */
export interface TemplateValues {
  hostname: string | null
  mac: string
}

/**
 * Refuses placeholders that no device could fill in.
 * @throws {TemplateError}
 */
export function checkTemplates(settings: Partial<PresetSettings>): void {
  for (const field of ['stratumUser', 'fallbackStratumUser'] as const) {
    for (const [, name = ''] of settings[field]?.matchAll(PLACEHOLDER) ?? []) {
      if (name !== 'hostname' && name !== 'mac') throw new TemplateError(`configuration.${field}`, name)
    }
  }
}

/**
 * Fills in a worker name: `{mac}` becomes the twelve digits, `{hostname}` the host name with everything outside of
 * `[A-Za-z0-9_-]` replaced by `-`, and the digits of the MAC where a device has no host name.
 */
export function fillIn(template: string, { hostname, mac }: TemplateValues): string {
  const digits = mac.replaceAll(':', '')
  const name = (hostname ?? '').trim().replaceAll(/[^A-Za-z0-9_-]/g, '-') || digits
  return template.replaceAll(PLACEHOLDER, (whole, key) => (key === 'mac' ? digits : key === 'hostname' ? name : whole))
}
