import { parseArgs } from 'node:util'
import { loadConfig } from '../config.ts'
import { HELP_OPTION, runCommand } from './command.ts'
import { rotateKey } from './key-rotation.ts'

const help = `Seals every stored password with a new key. Stop the backend first. An interrupted rotation does no harm.

  npm run rotate-key

The settings are those of the backend, from the environment or .env:

  DATA_DIR         directory of the store                                   (default ./data)
  SECRETS_KEY      the current key. Unset: the file secrets.key in DATA_DIR
  NEW_SECRETS_KEY  the new key. Required with SECRETS_KEY; otherwise generated if unset

The file secrets.key is replaced. The old key is kept beside it as secrets.key.old-<id>, because older backups need it.
With SECRETS_KEY, set it to the new key before you start the backend again.
`

await runCommand({
  help,
  parse: (args) => (parseArgs({ args, options: HELP_OPTION }).values.help ? null : loadConfig(process.env)),
  run: (config) => rotateKey(config, (step) => void process.stdout.write(`${step}\n`))
})
