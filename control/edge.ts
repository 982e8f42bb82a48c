import { waitUntil } from 'cloudflare:workers'
import { EnvironmentError, environmentLogLevel, readEnvironment } from '#schema/environment.ts'
import type { LogLine } from '#schema/log/line.ts'
import { type AppType, createApp } from './app.ts'
import { dueChores, runChore } from './chores.ts'
import { readAdminToken, readControlConfig } from './config.ts'
import { createDatabase } from './db/database.ts'
import { explainDatabase } from './db/database-error.ts'
import { readDatabaseUrl } from './db/database-url.ts'
import { httpExecutor } from './db/http-executor.ts'
import { migrate } from './db/migrate.ts'
import { edgeMediaCache, type MediaNodes } from './delivery/edge-media-cache.ts'
import { fetchFromOrigin } from './delivery/origin.ts'
import { createControlLog } from './logs/control-log.ts'
import { LogLevels } from './logs/levels.ts'
import { timedPulse } from './pulse.ts'
import type { Assets, Runtime, Sha256 } from './runtime.ts'
import { setAdminToken } from './secrets/admin-token.ts'
import { wrongSecretKey } from './secrets/check-secret-key.ts'
import { createSecretBox } from './secrets/secret-box.ts'
import { createSigningKeys } from './secrets/signing-keys.ts'
import { edgeWebhookPosts } from './webhooks/edge-posts.ts'
import { sendDue } from './webhooks/send.ts'

export { MediaNode } from './edge-media-node.ts'

/** Bindings of wrangler.toml; the other members are variables and secrets of schema/environment.ts. */
interface Env {
  readonly ASSETS: Fetcher
  readonly MEDIA_NODES?: MediaNodes
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
    const answer = await started.app.fetch(request, env, context)
    if (mayHaveHappened(request)) started.runtime.background(sendDue(started.runtime))
    return answer
  },
  async scheduled(_controller, env) {
    started ??= await start(env)
    const { runtime } = started
    await Promise.all(dueChores(runtime.now()).map((chore) => runChore(chore, runtime)))
    await sendDue(runtime)
  },
} satisfies ExportedHandler<Env>

/** Whether webhooks may have something to hear after a request. Those that come in any number tell nothing. */
const mayHaveHappened = ({ method, url }: Request): boolean =>
  method !== 'GET' && method !== 'HEAD' && !/^(\/v1\/beacons|\/worker\/v1\/poll)$/.test(new URL(url).pathname)

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
  const config = readControlConfig(environment)
  const place = readDatabaseUrl(url, environment.WEIR_DATABASE_TOKEN)
  if (place.kind === 'file')
    throw new EnvironmentError('There are no files here: set WEIR_DATABASE_URL to a libSQL server.')
  const execute = httpExecutor(place)
  await migrate(execute).catch((cause: unknown) => {
    throw new EnvironmentError(explainDatabase(cause) ?? 'The database does not take our requests. See the log.', {
      cause,
    })
  })
  const db = createDatabase(execute)
  const { log, threshold, waiting } = createControlLog(environmentLogLevel(environment), writeLine)
  const secretBox = await createSecretBox(secretKey)
  const now = () => new Date()
  const runtime: Runtime = {
    db,
    secretBox,
    signingKeys: createSigningKeys(db, secretBox, now),
    assets: assetsOf(env.ASSETS),
    mediaCache: edgeMediaCache({ fetchMedia: fetchFromOrigin, waitUntil, nodes: env.MEDIA_NODES }),
    webhookPosts: edgeWebhookPosts(config.webhookRules),
    config,
    log,
    logs: { waiting, levels: new LogLevels(db, threshold, now) },
    // Nothing lies ready here: workers join from elsewhere, each with a token of its own.
    removeJoinToken: async () => {},
    now,
    newSha256,
    disk: async () => null,
    closing: new AbortController().signal,
    pulse: timedPulse,
    background: (work) =>
      waitUntil(work.catch((error: unknown) => log.error({ err: error }, 'background work failed'))),
  }
  const wrongKey = await wrongSecretKey(runtime)
  if (wrongKey !== undefined) throw new EnvironmentError(wrongKey)
  await setAdminToken(runtime, adminToken)
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

/** JSON lines, as Workers' log tools expect them: by level. */
const writeLine = (line: LogLine): void => {
  const method = { debug: 'debug', info: 'log', warn: 'warn', error: 'error' } as const
  console[method[line.level]](JSON.stringify(line))
}
