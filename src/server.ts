import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { explainFailure } from './cli/command.ts'
import { loadConfig } from './config.ts'
import { logWarnings, stopOnSignals } from './lifecycle.ts'
import { listen } from './http/listen.ts'
import { createLogOutput } from './log-output.ts'

let app: FastifyInstance | undefined
const logOutput = createLogOutput(1, {
  resumed: (dropped) => app?.log.warn({ dropped }, 'log lines were dropped while they could not be written')
})
logWarnings(() => app?.log)

try {
  const config = loadConfig(process.env)
  app = await buildApp(config, { logOutput })
  stopOnSignals(app, logOutput)
  await listen(app, { port: config.PORT, host: config.HOST })
} catch (error) {
  createLogOutput(2).write(`${explainFailure(error)}\n`)
  process.exit(1)
}
