import { fetchBackup } from './transfer.ts'
import { SERVICE_HELP, SERVICE_OPTIONS, serviceOf } from './service.ts'
import { summarize } from '../backup-file/summary.ts'
import { runCommand, UsageError } from './command.ts'

const HELP = `Saves everything that a running backend has stored, the history aside, into a file.

  npm run backup -- [options] file

${SERVICE_HELP}

The file is written whole or not at all, for its owner alone. Passwords in it stay sealed: keep the key (secrets.key in
DATA_DIR, or SECRETS_KEY) too, in another place.
`

await runCommand({ help: HELP, options: SERVICE_OPTIONS, files: 1 }, async (values, [file]) => {
  if (!file) throw new UsageError('it takes one file')
  const summary = await fetchBackup(serviceOf(values), file)
  process.stdout.write(`${file}: ${summarize(summary)}\n`)
})
