import { waitUntil } from 'cloudflare:workers'
import { EnvironmentError, readEnvironment } from '#schema/environment.ts'
import { type AppType, createApp } from './app.ts'
import { dueChores, runChore } from './chores.ts'
import { readAdminToken, readControlConfig } from './config.ts'
import { createDatabase } from './db/database.ts'
import { httpExecutor } from './db/http-executor.ts'
import { migrate } from './db/migrate.ts'
import { edgeMediaCache } from './delivery/edge-media-cache.ts'
import { timedPulse } from './pulse.ts'
import type { Assets, Log, Runtime, Sha256 } from './runtime.ts'
import { setAdminToken } from './secrets/admin-token.ts'
import { createSecretBox } from './secrets/secret-box.ts'
import { createSigningKeys } from './secrets/signing-keys.ts'

/** Bindings of wrangler.toml; the other members are variables and secrets of schema/environment.ts. */
interface Env {
  readonly ASSETS: Fetcher
  readonly [variable: string]: unknown
}

interface Started {
  readonly app: AppType
  readonly runtime: Runtime
}

// One per isolate. The value, never a pending promise: a request must not wait for the I/O of another.
let started: Started | undefined

/** Control on Cloudflare Workers, with a libSQL server over HTTP. */
export default {
  async fetch(request, env, context) {
    try {
      started ??= await start(env)
    } catch (error) {
      if (error instanceof EnvironmentError) return new Response(`${error.message}\n`, { status: 500 })
      throw error
    }
    return started.app.fetch(request, env, context)
  },
  async scheduled(_controller, env) {
    started ??= await start(env)
    const { runtime } = started
    await Promise.all(dueChores(runtime.now()).map((chore) => runChore(chore, runtime)))
  },
} satisfies ExportedHandler<Env>

async function start(env: Env): Promise<Started> {
  const environment = readEnvironment(
    Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  )
  const url = environment.WEIR_DATABASE_URL
  const secretKey = environment.WEIR_SECRET_KEY
  const adminToken = readAdminToken(environment)
  if (!url || !secretKey || !adminToken)
    throw new EnvironmentError(
      'Set WEIR_DATABASE_URL, WEIR_SECRET_KEY and WEIR_ADMIN_TOKEN for this deployment (wrangler secret put …).',
    )
  const execute = httpExecutor({ url, token: environment.WEIR_DATABASE_TOKEN })
  await migrate(execute)
  const db = createDatabase(execute)
  const secretBox = await createSecretBox(secretKey)
  const now = () => new Date()
  await setAdminToken({ db, now }, adminToken)
  const runtime: Runtime = {
    db,
    secretBox,
    signingKeys: createSigningKeys(db, secretBox, now),
    assets: assetsOf(env.ASSETS),
    mediaCache: edgeMediaCache(waitUntil),
    config: readControlConfig(environment),
    log: consoleLog,
    // Nothing lies ready here: workers join from elsewhere, each with a token of its own.
    removeJoinToken: async () => {},
    now,
    newSha256,
    closing: new AbortController().signal,
    pulse: timedPulse,
    background: (work) =>
      waitUntil(work.catch((error: unknown) => consoleLog.error({ err: error }, 'background work failed'))),
  }
  return { app: createApp(runtime), runtime }
}

const assetsOf = (binding: Fetcher): Assets => ({
  async get(path) {
    const response = await binding.fetch(new URL(path, 'https://assets.invalid'))
    if (response.ok) return response
    await response.body?.cancel()
    return undefined
  },
})

/** `DigestStream` is this runtime's own. */
const newSha256 = (): Sha256 => {
  const stream = new crypto.DigestStream('SHA-256')
  const writer = stream.getWriter()
  return {
    update: (bytes) => writer.write(bytes),
    async hex() {
      await writer.close()
      return Array.from(new Uint8Array(await stream.digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
    },
  }
}

/** JSON lines, as Workers' log tools expect them. */
const consoleLog: Log = {
  info: (fields, message) => console.log(JSON.stringify({ level: 'info', message, ...fields })),
  warn: (fields, message) => console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
  error: (fields, message) => console.error(JSON.stringify({ level: 'error', message, ...fields })),
}
