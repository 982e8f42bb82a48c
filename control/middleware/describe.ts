import { describeRoute, resolver } from 'hono-openapi'
import type * as v from 'valibot'
import { problemSchema } from '#schema/problem.ts'

/**
 * Describes a route for `/openapi.json`: what it does, and what it answers when all is well: `answer` as JSON, and texts or files
 * of `otherTypes`. What holds for every route (headers, refusals, chapters) is added by control/openapi/operation.ts.
 */
export const describe = (
  summary: string,
  status: number,
  answer?: v.GenericSchema,
  otherTypes: readonly string[] = [],
) => {
  const content = {
    ...(answer && { 'application/json': { schema: resolver(answer) } }),
    ...Object.fromEntries(otherTypes.map((type) => [type, { schema: { type: 'string' as const } }])),
  }
  return describeRoute({
    summary,
    responses: {
      [status]: { description: 'Done', ...(Object.keys(content).length > 0 && { content }) },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: resolver(problemSchema) } },
      },
    },
  })
}
