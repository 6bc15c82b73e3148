import { bringBackup, checkFile } from './transfer.ts'
import { SERVICE_HELP, SERVICE_OPTIONS, serviceOf } from './service.ts'
import { summarize } from '../backup-file/summary.ts'
import { runCommand, UsageError } from './command.ts'

const HELP = `Puts a backup in the place of everything that a running backend has stored, the history aside.

  npm run restore -- [options] file

${SERVICE_HELP}
  --without-passwords   leave the passwords of presets out, where their key is lost

The file is checked first, and by the backend once more. Then all of it is there and monitored, or nothing has changed.
`

const options = { ...SERVICE_OPTIONS, 'without-passwords': { type: 'boolean' } } as const

await runCommand({ help: HELP, options, files: 1 }, async (values, [file]) => {
  if (!file) throw new UsageError('it takes one file')
  const service = serviceOf(values)
  process.stdout.write(`${file}: ${summarize(await checkFile(file))}\n`)
  const restored = await bringBackup(service, file, values['without-passwords'] === true)
  const parts = Object.entries(restored).filter(([name]) => !['createdAt', 'records'].includes(name))
  process.stdout.write(`restored: ${parts.map(([name, count]) => `${count} ${name}`).join(', ')}\n`)
})
