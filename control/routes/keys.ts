import { Hono } from 'hono'
import { type Keys, keysSchema, resealAnswer, rotateSigningKey } from '#schema/contracts/keys.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { countSealed, resealSecrets } from '../secrets/reseal.ts'

/** The keys that Weir signs and encrypts with, and how they change over. */
export const keyRoutes = (runtime: Runtime) =>
  new Hono()
    .get('/', describe('List the keys that sign and encrypt; no key is shown', 200, keysSchema), async (c) =>
      c.json(await presentKeys(runtime)),
    )
    .post(
      '/rotate-signing-key',
      describe('Publish a new signing key, which signs after a while; the old one retires later', 201, keysSchema),
      jsonBody(rotateSigningKey),
      async (c) => {
        const { lead_s: leadS, overlap_s: overlapS } = c.req.valid('json')
        await runtime.signingKeys.rotate({ leadS, overlapS })
        return c.json(await presentKeys(runtime), 201)
      },
    )
    .post(
      '/reseal',
      describe('Encrypt all secrets anew with the newest secret key, 5,000 in one call at most', 200, resealAnswer),
      async (c) => c.json({ ...(await resealSecrets(runtime)), keys: await presentKeys(runtime) }),
    )
    .delete(
      '/:id',
      describe('Take a signing key that does not sign out of use at once: what it signed is refused', 204),
      async (c) => {
        await runtime.signingKeys.retire(c.req.param('id'))
        return c.body(null, 204)
      },
    )

async function presentKeys({ db, secretBox, signingKeys }: Runtime): Promise<Keys> {
  const [known, counts] = [await signingKeys.list(), await countSealed(db)]
  const ids = [...new Set([...secretBox.keyIds, ...counts.keys()])]
  return {
    signing_keys: known.map(({ kid, state, createdAt, signsFrom, retiresAt }) => ({
      id: kid,
      state,
      created_at: createdAt.toISOString(),
      signs_from: signsFrom?.toISOString() ?? null,
      retires_at: retiresAt?.toISOString() ?? null,
    })),
    secret_keys: ids.map((id) => {
      const key = { id, known: secretBox.keyIds.includes(id), newest: id === secretBox.keyIds[0] }
      const secrets = counts.get(id) ?? 0
      return { ...key, secrets, detail: secretKeyWords({ ...key, secrets }) }
    }),
  }
}

function secretKeyWords({ known, newest, secrets }: Omit<Keys['secret_keys'][number], 'id' | 'detail'>): string {
  if (newest) return 'Encrypts what is kept from now on.'
  if (!known) return 'Nobody has this key here, so what is under it can not be read. Put it back behind the newest one.'
  if (secrets === 0) return 'Nothing is under this key any more: it may be removed once all of control has restarted.'
  return 'Secrets are still under this key. Encrypt them anew with POST /v1/keys/reseal before you remove it.'
}
