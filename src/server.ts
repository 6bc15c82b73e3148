import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { explainFailure } from './cli/command.ts'

const CLOSE_TIMEOUT_MS = 5000

try {
  const config = loadConfig(process.env)
  const app = await buildApp(config)
  closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger: app.log }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'stopping after an error that nobody handled')
    await app.close()
  })
  await app.listen({ port: config.PORT, host: config.HOST })
} catch (error) {
  process.stderr.write(`${explainFailure(error)}\n`)
  process.exit(1)
}
