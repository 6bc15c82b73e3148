import { runCommand } from './command.ts'
import { loadConfig } from '../config.ts'
import { repairStore, type TableReport } from '../../plugins/db/repair.ts'

const HELP = `Makes a store again of what can be read of a damaged one. Stop the backend first.

  npm run repair

DATA_DIR, from the environment or .env, says where the store is (default ./data).

The whole store is copied first, to store.damaged-<time> beside it, so there has to be room for it twice. To go back, put
the copy in the place of the directory store. What could not be read is in its directory lost, as far as it is there.
A record that was deleted shortly before may be back. Where there is a newer backup, "npm run restore" brings more.
`

await runCommand({ help: HELP, options: {} }, async () => {
  const { DATA_DIR } = loadConfig(process.env)
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  const { tables } = await repairStore(DATA_DIR, say)
  say('records that can be read:')
  for (const report of tables) say(lineOf(report))
})

function lineOf({ table, readable, damaged }: TableReport): string {
  const rest = damaged > 0 ? `, and ${damaged} that make no sense` : ''
  return `  ${table.padEnd(15)} ${String(readable).padStart(7)}${rest}`
}
