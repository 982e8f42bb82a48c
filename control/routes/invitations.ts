import { Hono } from 'hono'
import { createdInvitation, createInvitation, invitationSchema } from '#schema/contracts/access.ts'
import { createInvitationFor, deleteInvitation, listInvitations, loadInvitation } from '../access/invitations.ts'
import { principalOf } from '../access/principal.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { pageOfAll, pageQuery, pageSchema } from './page.ts'

/** Links that let people in. There are a few hundred at most, so the list is one page. */
export const invitationRoutes = (runtime: Runtime) =>
  new Hono()
    .post(
      '/',
      describe('Invite a person: a link that is shown this once and is good once', 201, createdInvitation),
      jsonBody(createInvitation),
      async (c) => {
        const { id, secret, name } = await createInvitationFor(runtime, principalOf(c), c.req.valid('json'))
        // Behind # it reaches no server and no log of one.
        const known = name === null ? '' : `&name=${encodeURIComponent(name)}`
        const link = `${publicUrl(runtime.config, c.req.raw)}/join#${secret}${known}`
        c.header('Location', `/v1/invitations/${id}`)
        c.header('Cache-Control', 'no-store')
        return c.json({ ...(await loadInvitation(runtime, id)), link }, 201)
      },
    )
    .get(
      '/',
      describe('List invitations, newest first', 200, pageSchema(invitationSchema)),
      queryParameters(pageQuery),
      async (c) => c.json(pageOfAll(await listInvitations(runtime), c.req.valid('query'), ({ id }) => id)),
    )
    .get('/:id', describe('Read an invitation, without its link', 200, invitationSchema), async (c) =>
      c.json(await loadInvitation(runtime, c.req.param('id'))),
    )
    .delete('/:id', describe('Take an invitation back', 204), async (c) => {
      await deleteInvitation(runtime, c.req.param('id'))
      return c.body(null, 204)
    })
