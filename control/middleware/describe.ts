import { describeRoute, resolver } from 'hono-openapi'
import type * as v from 'valibot'
import { problemSchema } from '#schema/problem.ts'

/** Describes a route for `/openapi.json`: what it does, and what it answers when all is well. */
export const describe = (summary: string, status: number, answer?: v.GenericSchema) =>
  describeRoute({
    summary,
    responses: {
      [status]: {
        description: 'Done',
        ...(answer && { content: { 'application/json': { schema: resolver(answer) } } }),
      },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: resolver(problemSchema) } },
      },
    },
  })
