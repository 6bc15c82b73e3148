import { runCommand } from '../src/cli/command.ts'
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

const modes: Record<Mode, (options: Options) => Promise<Report>> = {
  standard: runStandard,
  faults: runFaults,
  viewers: runViewers,
  small: runSmall,
  growth: runGrowth,
  compare: runCompare,
  profile: runProfile
}

await runCommand({
  help: helpText,
  parse: readOptions,
  async run(options) {
    checkLimits(options)
    cleanUpAtExit()
    const on = machine()
    publish(await modes[options.mode](options), on, options)
  },
  explain: (error) => (error instanceof Error ? error.message : String(error))
})
