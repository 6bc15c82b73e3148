import { parseArgs } from 'node:util'
import { repairStore, type TableReport } from '../../plugins/db/repair.ts'
import { loadConfig } from '../config.ts'
import { HELP_OPTION, runCommand } from './command.ts'

const help = `Rebuilds a damaged store from what is still readable. Stop the backend first.

  npm run repair

DATA_DIR, from the environment or .env, is the directory of the store (default ./data).

The store is first copied to store.damaged-<time> beside it, so the disk needs space for two. To undo the repair, replace
the directory store with the copy. Unreadable files are moved to its subdirectory lost. Recently deleted records may
reappear. If you have a recent backup, "npm run restore" may recover more.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand({
  help,
  parse: (args) => (parseArgs({ args, options: HELP_OPTION }).values.help ? null : loadConfig(process.env)),
  async run({ DATA_DIR }) {
    const { tables } = await repairStore(DATA_DIR, print)
    print('readable records:')
    for (const report of tables) print(formatReport(report))
  }
})

function formatReport({ table, readable, damaged }: TableReport): string {
  const rest = damaged > 0 ? `, and ${damaged} damaged` : ''
  return `  ${table.padEnd(15)} ${String(readable).padStart(7)}${rest}`
}
