import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { type Environment, environmentLogLevel, environmentPort, environmentValue } from '#schema/environment.ts'
import type { LogLine } from '#schema/log/line.ts'
import { writeToStderr } from '#schema/node/stderr.ts'
import { workers } from '#schema/tables/workers.ts'
import { forgetPending } from '../alerts/evaluate.ts'
import { createApp } from '../app.ts'
import { chores } from '../chores.ts'
import { readAdminToken, readControlConfig } from '../config.ts'
import { createDatabase } from '../db/database.ts'
import { memoryMediaCache } from '../delivery/memory-media-cache.ts'
import { fetchFromOrigin } from '../delivery/origin.ts'
import { extendLeases } from '../jobs/reap.ts'
import { createControlLog } from '../logs/control-log.ts'
import { keepOwnLines } from '../logs/keep.ts'
import { LogLevels } from '../logs/levels.ts'
import { forgetControl, tellOfControl } from '../presence.ts'
import { processPulse } from '../pulse.ts'
import type { Log, Runtime } from '../runtime.ts'
import { setAdminToken } from '../secrets/admin-token.ts'
import { wrongSecretKey } from '../secrets/check-secret-key.ts'
import { createJoinToken, endWaitingToken, isJoinTokenUsable } from '../secrets/join-tokens.ts'
import { createSecretBox } from '../secrets/secret-box.ts'
import { createSigningKeys } from '../secrets/signing-keys.ts'
import { scheduledBackup } from './backup/scheduled.ts'
import { startChores } from './chore-loop.ts'
import { closeAfterUnread } from './close-after-unread.ts'
import { type DataFolder, openDataFolder, writableFolder } from './data-folder.ts'
import { diskSpace } from './disk-space.ts'
import { fileAssets } from './file-assets.ts'
import { keepSending } from './keep-sending.ts'
import { databasePlace, openDatabase } from './open-database.ts'
import { processMetrics } from './process-metrics.ts'
import { Standstill } from './standstill.ts'
import { StartError } from './start-error.ts'
import { webhookPosts as nodeWebhookPosts } from './webhook-posts.ts'

interface StartOptions {
  /** Variables of schema/environment.ts. */
  readonly environment?: Environment
  /** In the place of {@link StartOptions.writeLog}. */
  readonly log?: Log
  /** Takes each line of the log; stderr unless given. */
  readonly writeLog?: (line: LogLine) => void
  readonly now?: () => Date
  /** The built web pages. */
  readonly webFolder?: string
  /** All chores are done this often, instead of each at its own distance, milliseconds. */
  readonly choresEveryMs?: number
}

/** A control plane that listens. */
export interface RunningControl {
  readonly url: string
  readonly port: number
  readonly adminToken: string
  /** True when this start made the admin token. */
  readonly isFirstStart: boolean
  readonly runtime: Runtime
  /** Ends live updates, closes all connections and the database; takes 3 s at most. */
  close(): Promise<void>
}

/**
 * An idle connection is kept for longer than web servers before us keep theirs (nginx: 60 s): whoever takes one up just as it is
 * closed sees his request fail. Milliseconds.
 */
const keptIdleMs = 75_000

/** What is in flight may end for this long when we close, milliseconds. */
const closeGraceMs = 2_000

/** What is still to be stored may take so long then at least, milliseconds. */
const lastWordsMs = 300

/** Starts control on Node. Throws {@link StartError} with what to do, and leaves nothing open then. */
export async function startControl({
  environment = {},
  now = () => new Date(),
  writeLog = writeToStderr,
  log: givenLog,
  webFolder = join(import.meta.dirname, '../../dist/web'),
  choresEveryMs,
}: StartOptions = {}): Promise<RunningControl> {
  const host = environmentValue(environment, 'WEIR_HOST')
  const wantedPort = environmentPort(environment, 'WEIR_PORT')
  const config = readControlConfig(environment)
  const folder = await openDataFolder(environmentValue(environment, 'WEIR_DATA_DIR'))
  const backups = environment.WEIR_BACKUP_DIR && resolve(environment.WEIR_BACKUP_DIR)
  if (backups) await writableFolder(backups, 'backup folder', 'WEIR_BACKUP_DIR')
  const secretBox = await createSecretBox(environment.WEIR_SECRET_KEY ?? (await folder.secretKey()))
  const place = databasePlace(environment, folder.databaseFile)
  const { execute, close: closeDatabase } = await openDatabase(place)
  const closing = new AbortController()
  const db = createDatabase(execute)
  const { log: ownLog, threshold, waiting } = createControlLog(environmentLogLevel(environment), writeLog)
  const log = givenLog ?? ownLog
  const webhookPosts = nodeWebhookPosts(config.webhookRules)
  const runtime: Runtime = {
    db,
    secretBox,
    signingKeys: createSigningKeys(db, secretBox, now),
    assets: fileAssets(webFolder),
    mediaCache: memoryMediaCache({ fetchMedia: fetchFromOrigin }),
    webhookPosts,
    config,
    log,
    logs: { waiting, levels: new LogLevels(db, threshold, now) },
    removeJoinToken: () =>
      folder
        .removeJoinToken()
        .catch((error: unknown) => log.warn({ err: error }, 'could not remove the file join-token')),
    now,
    newSha256: () => {
      const hash = createHash('sha256')
      return { update: async (bytes) => void hash.update(bytes), hex: async () => hash.digest('hex') }
    },
    disk: () => diskSpace(environmentValue(environment, 'WEIR_DATA_DIR')),
    closing: closing.signal,
    pulse: processPulse(),
    processMetrics,
    background: (work) => void work.catch((error: unknown) => log.error({ err: error }, 'background work failed')),
  }
  const standstill = new Standstill(async () => {
    log.warn({}, 'control stood still, or its clock was set on; workers get one more lease to be heard')
    await forgiveSilence(runtime).catch((error: unknown) => log.error({ err: error }, 'leases could not be extended'))
  })
  let server: ServerType | undefined
  try {
    // Before anything is written: one that was started with the wrong key must not take the admin token from those that run.
    const wrongKey = await wrongSecretKey(runtime)
    if (wrongKey !== undefined) throw new StartError(wrongKey)
    const fromEnvironment = readAdminToken(environment)
    const { token, isNew } = fromEnvironment ? { token: fromEnvironment, isNew: false } : await folder.adminToken()
    await tellOfControl(db, now())
    await setAdminToken(runtime, token)
    await forgiveSilence(runtime)
    await provideJoinToken(runtime, folder)
    const app = createApp(runtime)
    const fetch = closeAfterUnread(async (request, bindings) => {
      await standstill.settled()
      return app.fetch(request, bindings)
    })
    server = createAdaptorServer({ fetch, hostname: host, serverOptions: { keepAliveTimeout: keptIdleMs } })
    const port = await listen(server, wantedPort, host, log)
    const allChores = backups ? [...chores, scheduledBackup(backups, place)] : chores
    const choreLoop = startChores(runtime, choresEveryMs, allChores, () => standstill.settled())
    const sending = keepSending(runtime)
    const listening = server
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      port,
      adminToken: token,
      isFirstStart: isNew,
      runtime,
      async close() {
        if (closing.signal.aborted) return
        const sinceMs = performance.now()
        closing.abort()
        standstill.stop()
        await Promise.all([choreLoop.stop(closeGraceMs), sending.stop(closeGraceMs), closeServer(listening)])
        webhookPosts.close()
        // The last words about streams; a database that is away keeps nobody for longer than requests do.
        const leftMs = closeGraceMs - (performance.now() - sinceMs)
        await within(Math.max(leftMs, lastWordsMs), Promise.all([keepOwnLines(runtime), forgetControl(db)]))
        await closeDatabase()
      },
    }
  } catch (error) {
    standstill.stop()
    await closeDatabase()
    throw error
  }
}

/** Nobody could be heard for some time: no worker loses its streams for that, and no alert counts it. */
async function forgiveSilence({ db, now }: Runtime): Promise<void> {
  await extendLeases(db, now())
  await forgetPending(db)
}

/**
 * Puts a token for the local worker into the data folder while nobody has joined; one that still works is kept. Once
 * somebody has joined, none lies around.
 */
async function provideJoinToken(runtime: Runtime, folder: DataFolder): Promise<void> {
  const joined = await runtime.db.select({ id: workers.id }).from(workers).limit(1)
  if (joined.length > 0) {
    await endWaitingToken(runtime.db, runtime.now())
    return runtime.removeJoinToken()
  }
  const kept = await folder.readJoinToken()
  if (kept !== undefined && (await isJoinTokenUsable(runtime, kept))) return
  await folder.writeJoinToken((await createJoinToken(runtime, null)).token)
}

function listen(server: ServerType, port: number, host: string, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => {
      const words =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} is in use. Stop the program that has it, or set WEIR_PORT to another port.`
          : `Can't listen on ${host} port ${port}. Set WEIR_HOST and WEIR_PORT to an address of this machine.`
      reject(new StartError(words, { cause }))
    }
    server.once('error', refuse)
    server.listen(port, host, () => {
      // One connection that can't be accepted (too many open files) must not end all others.
      server.off('error', refuse).on('error', (error) => log.error({ err: error }, 'could not accept a connection'))
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** Lets requests in flight end, then cuts what is left. */
async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if ('closeIdleConnections' in server) server.closeIdleConnections()
  const cut = setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
  }, closeGraceMs)
  await closed
  clearTimeout(cut)
}

/** Waits for `work`, `ms` at most, whatever comes of it. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => {}), over])
  clearTimeout(timer)
}
