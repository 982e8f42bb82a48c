import { eq } from 'drizzle-orm'
import { type Context, Hono } from 'hono'
import {
  audienceSchema,
  type Metrics,
  metricsSchema,
  rangeQuery,
  streamMetricsQuery,
} from '#schema/contracts/metrics.ts'
import { workers } from '#schema/tables/workers.ts'
import { notFound } from '../errors.ts'
import { accepts } from '../middleware/accepted.ts'
import { describe } from '../middleware/describe.ts'
import { queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { streamAudience } from '../statistics/audience.ts'
import { metricsCsv } from '../statistics/csv.ts'
import { streamMetrics, workerMetrics } from '../statistics/metrics.ts'
import { requireStream } from '../streams/load.ts'

/** Figures of a live stream over time, and who watched it. */
export const streamMetricRoutes = (runtime: Runtime) =>
  new Hono()
    .get(
      '/:id/metrics',
      describe('Read figures of a live stream over time, as JSON or CSV', 200, metricsSchema, ['text/csv']),
      queryParameters(streamMetricsQuery),
      async (c) => {
        const id = c.req.param('id')
        await requireStream(runtime.db, id)
        const query = c.req.valid('query')
        return answerMetrics(c, await streamMetrics(runtime, id, query), `${id}-metrics`, query.format)
      },
    )
    .get(
      '/:id/audience',
      describe('Read who watched a live stream, and how it played', 200, audienceSchema),
      queryParameters(rangeQuery),
      async (c) => {
        const id = c.req.param('id')
        await requireStream(runtime.db, id)
        return c.json(await streamAudience(runtime, id, c.req.valid('query')))
      },
    )

/** Figures of a worker over time. */
export const workerMetricRoutes = (runtime: Runtime) =>
  new Hono().get(
    '/:id/metrics',
    describe('Read figures of a worker over time, as JSON or CSV', 200, metricsSchema, ['text/csv']),
    queryParameters(rangeQuery),
    async (c) => {
      const id = c.req.param('id')
      const [worker] = await runtime.db.select({ id: workers.id }).from(workers).where(eq(workers.id, id))
      if (!worker) throw notFound('worker')
      const query = c.req.valid('query')
      return answerMetrics(c, await workerMetrics(runtime, id, query), `${id}-metrics`, query.format)
    },
  )

/** As CSV where it is asked for, and where JSON is not wanted. */
function answerMetrics(c: Context, metrics: Metrics, name: string, format: 'json' | 'csv' | undefined) {
  const accept = c.req.header('accept') ?? '*/*'
  c.header('Vary', 'Accept')
  if (format !== 'csv' && (format === 'json' || accepts(accept, 'application/json'))) return c.json(metrics)
  c.header('Content-Type', 'text/csv; charset=utf-8; header=present')
  c.header('Content-Disposition', `attachment; filename="${name}.csv"`)
  return c.body(metricsCsv(metrics))
}
