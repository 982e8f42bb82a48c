import { Hono } from 'hono'
import { ladderCatalogue } from '#schema/contracts/ladder-catalogue.ts'
import { allLadders } from '#schema/plan/ladder-catalogue.ts'
import { describe } from '../middleware/describe.ts'

/** The ladders that a stream can name: the same on every install of this version. */
export const ladderRoutes = () =>
  new Hono().get(
    '/',
    describe('List the ladders: renditions, bit rates and cost in each latency mode', 200, ladderCatalogue),
    (c) => c.json(allLadders()),
  )
