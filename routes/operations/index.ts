import type { Static } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageOf } from '../../src/page.ts'
import { failures } from '../../schemas/common.ts'
import type { OperationSchema } from '../../schemas/operation.ts'
import {
  OperationAnswer,
  OperationDetailAnswer,
  OperationListQuerySchema,
  OperationParamsSchema,
  OperationsAnswer
} from '../../schemas/operation.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { operations } = app
  const params = OperationParamsSchema
  const tags = ['operations']

  const listing = {
    operationId: 'listOperations',
    summary: 'List operations',
    description: 'The last 100 operations, newest first, without their devices.',
    tags,
    querystring: OperationListQuerySchema,
    response: { 200: OperationsAnswer }
  }
  app.get('/', { schema: listing }, async ({ query: { status, action, q = '', ...page } }) => {
    const found = operations
      .list()
      .filter((operation) => !status || operation.status === status)
      .filter((operation) => !action || operation.action === action)
      .filter(({ id, action }) => `${id} ${action}`.includes(q.toLowerCase()))
    const { items, ...pages } = pageOf(found, page, valueOf, ({ id }) => id)
    return { message: 'Operations', data: items, ...(page.limit !== undefined && pages) }
  })

  const reading = {
    operationId: 'getOperation',
    summary: 'Get an operation with the result of each device',
    tags,
    params,
    response: { 200: OperationDetailAnswer, ...failures(404) }
  }
  app.get('/:id', { schema: reading }, async ({ params: { id } }) => ({
    message: 'Operation',
    data: await operations.detail(id)
  }))

  const cancelling = {
    operationId: 'cancelOperation',
    summary: 'Cancel an operation',
    description:
      'No further device is started; devices in progress finish. Has no effect on an operation that has ended.',
    tags,
    params,
    response: { 200: OperationAnswer, ...failures(404) }
  }
  app.delete('/:id', { schema: cancelling }, async ({ params: { id } }) => ({
    message: 'No further device will be started',
    data: await operations.cancel(id)
  }))
}

const valueOf = (operation: Static<typeof OperationSchema>, field: string) =>
  operation[field as 'action' | 'createdAt' | 'status' | 'total']

export default routes
