import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildDeviceTemplate } from '../dashboards/device.ts'
import { buildOverviewTemplate } from '../dashboards/overview.ts'

/** Writes the templates of the Grafana dashboards. The service only fills them in, so it does not need the builder. */
const templates = { device: buildDeviceTemplate(), overview: buildOverviewTemplate() }
for (const [name, template] of Object.entries(templates)) {
  const file = join(import.meta.dirname, `../dashboards/${name}.json`)
  await writeFile(file, `${JSON.stringify(template, null, 2)}\n`)
  process.stdout.write(`${file}\n`)
}
