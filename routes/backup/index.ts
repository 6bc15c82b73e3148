import { Readable } from 'node:stream'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CONTENT_TYPE } from '../../src/backup-file/format.ts'
import { failures } from '../../schemas/common.ts'
import { BackupBodySchema, RestoredAnswer, RestoreQuerySchema } from '../../schemas/backup.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { backup } = app
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(CONTENT_TYPE, (_request, payload, done) => done(null, payload))

  const saving = {
    operationId: 'createBackup',
    summary: 'Save everything that is stored',
    description:
      'One consistent moment of everything but the history, as lines of JSON; passwords stay sealed. Whole is what ends with a line that has `"end": true`.',
    tags: ['service'],
    response: {
      200: { description: 'The backup', content: { [CONTENT_TYPE]: { schema: Type.Unsafe<Readable>(Type.String()) } } }
    }
  }
  app.post('/', { schema: saving }, async (_request, reply) => {
    const stream = await backup.save()
    return reply.type(CONTENT_TYPE).header('content-disposition', 'attachment; filename="pluto.ndjson"').send(stream)
  })

  const restoring = {
    operationId: 'restoreBackup',
    summary: 'Put a backup in the place of everything that is stored',
    description:
      'The body is what `POST /backup` answered. It is read to its end and checked before anything is touched. Then all of it is there, and monitored, or nothing has changed.',
    tags: ['service'],
    body: { content: { [CONTENT_TYPE]: { schema: BackupBodySchema } } },
    querystring: RestoreQuerySchema,
    response: { 200: RestoredAnswer, ...failures(409) }
  }
  app.put('/', { schema: restoring }, async ({ body, query }) => {
    const chunks = body instanceof Readable ? body : Readable.from([])
    return { message: 'Backup restored', data: await backup.restore(chunks, query) }
  })
}

export default routes
