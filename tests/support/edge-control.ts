import { mkdir } from 'node:fs/promises'
import { createTestHarness } from 'wrangler'
import { newSecretKey } from '#control/secrets/secret-box.ts'
import { startSqld } from './sqld.ts'

/** Control as Cloudflare runs it: real workerd with a real libSQL server. */
export interface EdgeControl {
  readonly url: string
  /** The admin token. */
  readonly token: string
  /** Calls the API with the admin token; `body` goes as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Response>
  stop(): Promise<void>
}

export async function startEdgeControl(): Promise<EdgeControl> {
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' })
  await mkdir('dist/web', { recursive: true })
  const sqld = await startSqld()
  const token = 'an-admin-token-of-more-than-32-characters'
  const secrets = { WEIR_DATABASE_URL: sqld.url, WEIR_SECRET_KEY: newSecretKey(), WEIR_ADMIN_TOKEN: token }
  const harness = createTestHarness({ workers: [{ configPath: './wrangler.toml', secrets }] })
  const { url } = await harness.listen().catch(async (error: unknown) => {
    await sqld.stop()
    throw error
  })
  const base = new URL(url).origin
  return {
    url: base,
    token,
    call: (method, path, body) =>
      fetch(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async stop() {
      await harness.close()
      await sqld.stop()
    },
  }
}
