import { Hono } from 'hono'
import { planAnswer, planRequest } from '#schema/contracts/plan.ts'
import { requireStreamInReach } from '../access/allow.ts'
import { principalOf } from '../access/principal.ts'
import { leastLoaded } from '../jobs/place.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { refusePackaging } from '../streams/check-packaging.ts'
import { lastSourceOf } from '../streams/last-source.ts'
import { loadLiveStream, loadWorkers } from '../streams/load.ts'
import { previewPlan, previewSettings } from '../streams/preview-plan.ts'

/** What a configuration would make and cost, before anything runs. Changes nothing. */
export const planRoutes = (runtime: Runtime) =>
  new Hono().post(
    '/',
    describe('Plan encodes: what a configuration makes, for whom, at what cost', 200, planAnswer),
    jsonBody(planRequest),
    async (c) => {
      const request = c.req.valid('json')
      const id = request.live_stream_id
      requireStreamInReach(principalOf(c), id)
      const [stream, workers, lastSource] = await Promise.all([
        id === undefined ? undefined : loadLiveStream(runtime, id, publicUrl(runtime.config, c.req.raw)),
        loadWorkers(runtime.db),
        id === undefined ? undefined : lastSourceOf(runtime.db, id),
      ])
      refusePackaging(previewSettings(request, stream), request)
      const holder = workers.find((worker) => worker.id === stream?.worker_id)
      return c.json(previewPlan(request, stream, holder ?? leastLoaded(workers, runtime.now()), lastSource))
    },
  )
