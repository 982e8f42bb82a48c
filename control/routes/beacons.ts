import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { describeRoute, resolver } from 'hono-openapi'
import * as v from 'valibot'
import { beacon, beaconBytesMax } from '#schema/contracts/beacon.ts'
import { problemSchema } from '#schema/problem.ts'
import { clientAddress, networkOf } from '../client-address.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { beaconBox } from '../statistics/beacons.ts'

/**
 * What pages tell of how it plays. It wants no credential, sets no cookie, and reads none. What browser it is is not looked at,
 * and the address of the page's visitor only to stop one who makes playback ids up; it is not kept with anything.
 */
export const beaconRoutes = (runtime: Runtime) => {
  const box = beaconBox(runtime)
  return new Hono()
    .use(cors({ origin: '*', allowMethods: ['POST'], maxAge: 86_400 }))
    .post('/', describeBeacon, bodyLimit({ maxSize: beaconBytesMax, onError: tooLarge }), async (c) => {
      // `sendBeacon` sends text, so that the browser need not ask first.
      const parsed = v.safeParse(beacon, readJson(await c.req.text()))
      if (!parsed.success)
        throw new ApiError('validation_failed', 'This is not a beacon of the player. /openapi.json says what one is.')
      const isCounted = await box.take(parsed.output, countryOf(c.req.raw), networkOf(clientAddress(c, runtime.config)))
      if (!isCounted)
        throw new ApiError('rate_limited', 'Too many pages tell of themselves now; this one is not counted.', {
          retryAfterSeconds: 10,
        })
      return c.body(null, 204)
    })
}

const beaconTypes = ['application/json', 'text/plain']

const describeBeacon = describeRoute({
  summary: 'Tell how it plays on a page; as JSON, be it called text or JSON',
  requestBody: {
    required: true,
    content: Object.fromEntries(beaconTypes.map((type) => [type, { schema: resolver(beacon) }])) as never,
  },
  responses: {
    204: { description: 'Done' },
    default: { description: 'Refused', content: { 'application/problem+json': { schema: resolver(problemSchema) } } },
  },
})

const tooLarge = () => {
  throw new ApiError('body_too_large', `A beacon may have ${beaconBytesMax} bytes at most.`)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError('invalid_json', 'Send a beacon as JSON.')
  }
}

/** Where the edge says that the page is; elsewhere nobody does, and a header would be anybody's word. */
const countryOf = (request: Request): string | undefined => {
  const { cf } = request as { cf?: { country?: unknown } }
  return typeof cf?.country === 'string' ? cf.country : undefined
}
