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

  const creating = {
    operationId: 'createBackup',
    summary: 'Create a backup',
    description:
      'A consistent snapshot of everything that is stored except the history and the audit trail, as lines of JSON. Passwords stay sealed. A backup is complete only if its last line has `"end": true`.',
    tags: ['service'],
    response: {
      200: { description: 'The backup', content: { [CONTENT_TYPE]: { schema: Type.Unsafe<Readable>(Type.String()) } } }
    }
  }
  app.post('/', { schema: creating }, async (_request, reply) => {
    const stream = await backup.save()
    return reply.type(CONTENT_TYPE).header('content-disposition', 'attachment; filename="pluto.ndjson"').send(stream)
  })

  const restoring = {
    operationId: 'restoreBackup',
    summary: 'Restore a backup',
    description:
      'Replaces everything that is stored except the history and the audit trail. The body is what `POST /backup` returned. It is read to its end and verified before anything changes. Then the whole backup is restored and its devices are monitored, or nothing has changed.',
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
