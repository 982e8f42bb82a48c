import { readCommandLine } from './command/command-line.ts'
import { exitStatusOf } from './command/exit-status.ts'
import { readConfig } from './config.ts'
import { giveToOwner } from './fault-scope.ts'
import { openWorkerLog } from './observe/worker-log.ts'
import { startWorker } from './worker.ts'

// The worker as a process (`weir-worker --help` says how it is used): one line on stdout when it is ready, JSON lines on stderr, SIGTERM or SIGINT end it cleanly.
try {
  const environment = await readCommandLine(process.argv.slice(2), process.env)
  if (!environment) process.exit(0)
  const config = await readConfig(environment)
  const logs = openWorkerLog(config)
  const { log } = logs
  // A fault in one stream ends that one and no other; the log has it, with its stack.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error) => giveToOwner(error) || log.error({ err: error }, 'a fault of ours'))
  const worker = await startWorker(config, log, logs)
  const { workerId: worker_id, originUrl: origin_url, rtmpUrl: rtmp_url, srtUrl: srt_url } = worker
  process.stdout.write(`${JSON.stringify({ ready: true, worker_id, origin_url, rtmp_url, srt_url })}\n`)
  const hurry = new AbortController()
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return hurry.abort()
      stopping = true
      worker.stop(hurry.signal).finally(() => process.exit(0))
    })
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(exitStatusOf(error))
}
