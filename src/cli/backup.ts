import { parseArgs } from 'node:util'
import { downloadBackup, formatSummary } from './backup-transfer.ts'
import { HELP_OPTION, runCommand } from './command.ts'
import { CONNECTION_HELP, CONNECTION_OPTIONS, readConnection } from './connection.ts'
import { parseFile } from './values.ts'

const help = `Saves everything that a running backend has stored, except the history and the audit trail, to a file.

  npm run backup -- [options] file

${CONNECTION_HELP}
  --help         print this text

The file is written completely or not at all, and only its owner may read it. Passwords in it stay sealed: also keep the
key (secrets.key in DATA_DIR, or SECRETS_KEY), in another place.

To trust a self-signed certificate, set NODE_EXTRA_CA_CERTS=file.
`

await runCommand({
  help,
  parse(args) {
    const options = { ...CONNECTION_OPTIONS, ...HELP_OPTION }
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return values.help ? null : { connection: readConnection(values), file: parseFile(positionals) }
  },
  async run({ connection, file }) {
    process.stdout.write(`${file}: ${formatSummary(await downloadBackup(connection, file))}\n`)
  }
})
