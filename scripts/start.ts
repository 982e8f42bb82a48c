import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stop } from 'esbuild'
import { environmentFlag, environmentValue, readEnvironment } from '../schema/environment.ts'
import { environmentVariables } from '../schema/environment-variables.ts'
import { makeFolder } from '../schema/node/make-folder.ts'
import { buildWeb } from './build-web.ts'
import { shownUrl } from './shown-url.ts'
import { StartError, SupervisedProcess } from './supervised-process.ts'

// `npm start`: control, one worker that has joined it and a demo stream, on this machine.
const root = join(import.meta.dirname, '..')
const say = (words: string) => process.stderr.write(`${words}\n`)

/** Small, so that the machine has room for real streams beside it. */
const demoStream = {
  name: 'Demo',
  source: { type: 'test' },
  ladder: { preset: 'custom', renditions: [{ height: 480 }, { height: 240 }] },
}

async function start(): Promise<void> {
  const environment = readEnvironment(process.env)
  const wantsDemo = environmentFlag(environment, 'WEIR_DEMO')
  const dataDir = resolve(environmentValue(environment, 'WEIR_DATA_DIR'))
  const tokenFile = join(dataDir, 'admin-token')
  const isFirstStart = !existsSync(tokenFile)

  const logDir = join(dataDir, 'logs')
  try {
    makeFolder(logDir)
    accessSync(logDir, constants.W_OK)
  } catch {
    throw new Error(
      `Can't write to the data folder ${dataDir}. Make it writable for this user, or set WEIR_DATA_DIR to another folder.`,
    )
  }

  say('Building the web pages …')
  await buildWeb()
  // Its helper process would stay for as long as we run.
  await stop()

  const supervise = <Ready extends object>(name: string, script: string, env: NodeJS.ProcessEnv) =>
    new SupervisedProcess<Ready>({
      name,
      script: join(root, script),
      env,
      logFile: join(logDir, `${name.toLowerCase().replaceAll(' ', '-')}.log`),
      onRestart: say,
    })
  let control: SupervisedProcess<{ url: string }> | undefined
  let worker: SupervisedProcess<{ rtmp_url: string; srt_url: string; origin_url: string }> | undefined

  let stopping: Promise<void> | undefined
  const stopAll = (code: number) => {
    stopping ??= (async () => {
      say('\nStopping …')
      await worker?.stop()
      await control?.stop()
      process.exit(code)
    })()
    return stopping
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0))

  try {
    say('Starting the control plane …')
    control = supervise('Control plane', 'control/node/main.ts', ownLogs(process.env))
    const { url } = await control.start()
    say('Starting the worker (the first time it measures this machine) …')
    worker = supervise('Worker', 'worker-node/main.ts', workerEnvironment())
    const { rtmp_url, srt_url } = await worker.start({ WEIR_CONTROL_URL: url })
    await ready(url)
    const token = environment.WEIR_ADMIN_TOKEN ?? readFileSync(tokenFile, 'utf8').trim()
    const demo = wantsDemo ? await demoPlaybackId(url, token, dataDir) : null
    const shown = environment.WEIR_PUBLIC_URL ?? shownUrl(url)
    const lines = [
      ['Dashboard', `${shown}/`],
      ...(demo ? [['Watch the demo', `${shown}/watch/${demo}`]] : []),
      ['OBS server', `${rtmp_url}  (the dashboard gives you a stream key)`],
      ['SRT callers', `${srt_url}  (the dashboard gives you the whole address)`],
      ...(environment.WEIR_ADMIN_TOKEN
        ? []
        : [['Admin token', isFirstStart ? `${token}  (shown once; kept in ${tokenFile})` : `in ${tokenFile}`]]),
    ]
    say('\nWeir is running.\n')
    for (const [label = '', value] of lines) process.stdout.write(`  ${label.padEnd(15)} ${value}\n`)
    say('\nCtrl-C stops everything.')
  } catch (error) {
    if (stopping) return
    say(error instanceof StartError ? error.message : String(error))
    await stopAll(1)
  }
}

/** What only control may know stays out of the process that reads strangers' media. */
function workerEnvironment(): NodeJS.ProcessEnv {
  const secrets = environmentVariables.filter(({ unit, for: reader }) => reader === 'control' && unit !== 'port')
  const names = new Set<string>(secrets.map(({ name }) => name))
  return ownLogs(Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.has(name))))
}

/** Each has a log file of its own here: one of both would be put aside by both. */
const ownLogs = ({ WEIR_LOG_FILE: _, ...environment }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => environment

/** Waits until control says that it serves and a worker has joined. */
async function ready(url: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await fetch(`${url}/readyz`)).ok) {
    if (performance.now() > deadline)
      throw new Error('The worker did not join the control plane within a minute; see the logs in the data folder.')
    await new Promise((again) => setTimeout(again, 100))
  }
}

/** The playback id of the demo stream, made once; null when somebody has deleted it since. */
async function demoPlaybackId(url: string, token: string, dataDir: string): Promise<string | null> {
  const noteFile = join(dataDir, 'demo-stream')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const known = existsSync(noteFile) ? readFileSync(noteFile, 'utf8').trim() : null
  const answer = known
    ? await fetch(`${url}/v1/live-streams/${known}`, { headers })
    : await fetch(`${url}/v1/live-streams`, { method: 'POST', headers, body: JSON.stringify(demoStream) })
  if (!answer.ok) return null
  const stream = (await answer.json()) as { id: string; playback_ids: { id: string }[] }
  if (!known) writeFileSync(noteFile, stream.id)
  return stream.playback_ids[0]?.id ?? null
}

try {
  await start()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
