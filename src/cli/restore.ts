import { parseArgs } from 'node:util'
import { formatSummary, uploadBackup, verifyFile } from './backup-transfer.ts'
import { HELP_OPTION, runCommand } from './command.ts'
import { CONNECTION_HELP, CONNECTION_OPTIONS, readConnection } from './connection.ts'
import { parseFile } from './values.ts'

const help = `Replaces everything that a running backend has stored, except the history and the audit trail, with a backup.

  npm run restore -- [options] file

${CONNECTION_HELP}
  --without-passwords   omit the passwords of presets, if their key is lost
  --help         print this text

The file is verified first, here and by the backend. Then the whole backup is restored and its devices are monitored, or
nothing has changed.

To trust a self-signed certificate, set NODE_EXTRA_CA_CERTS=file.
`

const options = { ...CONNECTION_OPTIONS, 'without-passwords': { type: 'boolean' }, ...HELP_OPTION } as const

await runCommand({
  help,
  parse(args) {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (values.help) return null
    const withoutPasswords = values['without-passwords'] === true
    return { connection: readConnection(values), file: parseFile(positionals), withoutPasswords }
  },
  async run({ connection, file, withoutPasswords }) {
    process.stdout.write(`${file}: ${formatSummary(await verifyFile(file))}\n`)
    const restored = await uploadBackup(connection, file, withoutPasswords)
    const counts = Object.entries(restored).filter(([name]) => !['createdAt', 'records'].includes(name))
    process.stdout.write(`restored: ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}\n`)
  }
})
