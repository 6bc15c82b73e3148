import { cleanUpAtExit } from './processes/children.ts'
import { machine } from './measures/machine.ts'
import { runCompare } from './modes/compare.ts'
import { runFaults } from './modes/faults.ts'
import { runGrowth } from './modes/growth.ts'
import { runProfile } from './modes/profile.ts'
import { runSmall } from './modes/small.ts'
import { runStandard } from './modes/standard.ts'
import { runViewers } from './modes/viewers.ts'
import { helpText, readOptions, type Mode, type Options } from './options.ts'
import { publish, type Report } from './report/report.ts'
import { checkLimits } from './setup.ts'

const USAGE_EXIT = 2
const FAILURE_EXIT = 1

const modes: Record<Mode, (options: Options) => Promise<Report>> = {
  standard: runStandard,
  faults: runFaults,
  viewers: runViewers,
  small: runSmall,
  growth: runGrowth,
  compare: runCompare,
  profile: runProfile
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) process.stdout.write(helpText)
  else await run(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof RangeError || error instanceof TypeError ? USAGE_EXIT : FAILURE_EXIT)
}

async function run(options: Options): Promise<void> {
  checkLimits(options)
  cleanUpAtExit()
  const on = machine()
  publish(await modes[options.mode](options), on, options)
}
