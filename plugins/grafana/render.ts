import { createHash } from 'node:crypto'
import device from '../../src/dashboards/device.json' with { type: 'json' }
import overview from '../../src/dashboards/overview.json' with { type: 'json' }
import { DATASOURCE, MAC } from '../../src/dashboards/placeholders.ts'
import { fingerprintTag, templateVersionOf, type DashboardModel, type DesiredDashboard } from './dashboard.ts'
import { OVERVIEW_TITLE, OVERVIEW_UID, titleOf, uidOf } from './names.ts'

export interface Template {
  text: string
  version: number
}

const hash = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)

export function readTemplate(template: { tags: string[] }): Template {
  return { text: JSON.stringify(template), version: templateVersionOf(template.tags) }
}

/**
 * Creates a renderer of the committed templates. Only a canonical MAC and the operator's data source are inserted into a
 * template. A host name, which the device chooses, appears only in the title.
 */
export function createRenderer(
  datasourceUid: string,
  templates = { device: readTemplate(device), overview: readTemplate(overview) }
) {
  const hashes = { device: hash(templates.device.text), overview: hash(templates.overview.text) }
  const datasource = JSON.stringify(datasourceUid)

  function build(name: keyof typeof templates, uid: string, title: string, mac: string): DesiredDashboard {
    const { text, version } = templates[name]
    const fingerprint = hash(hashes[name], mac, datasource)
    const render = () => {
      const filled = text.replaceAll(`"${DATASOURCE}"`, () => datasource).replaceAll(MAC, () => mac)
      const model: DashboardModel = JSON.parse(filled)
      return { ...model, id: null, uid, title, tags: [...model.tags, fingerprintTag(fingerprint)] }
    }
    return { uid, title, fingerprint, version, render }
  }

  return {
    overview: () => build('overview', OVERVIEW_UID, OVERVIEW_TITLE, ''),
    device: (mac: string, hostname: string | null) => build('device', uidOf(mac), titleOf(mac, hostname), mac)
  }
}
