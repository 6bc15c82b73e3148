import { runCommand } from './command.ts'
import { loadConfig } from '../config.ts'
import { rotateKey } from './key-rotation.ts'

const HELP = `Seals every stored password with a new key. Stop the backend first; what cuts it off does no harm.

  npm run rotate-key

Settings are those of the backend, from the environment or .env:

  DATA_DIR         where the store is                                       (default ./data)
  SECRETS_KEY      the key in use. Unset: the file secrets.key in DATA_DIR
  NEW_SECRETS_KEY  the new key. Wanted when SECRETS_KEY is set; unset otherwise: one is made

The file secrets.key is replaced, and the old one kept beside it, as secrets.key.old-<id>: backups made before want it.
With SECRETS_KEY, set it to the new key before the backend starts again.
`

await runCommand({ help: HELP, options: {} }, () =>
  rotateKey(loadConfig(process.env), (step) => void process.stdout.write(`${step}\n`))
)
