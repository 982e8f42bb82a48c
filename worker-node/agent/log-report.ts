import type { HeartbeatRequest, HeartbeatResponse } from '#schema/contracts/worker.ts'
import type { LogThreshold } from '#schema/log/threshold.ts'
import type { LogQueue } from './log-queue.ts'

/** What of the log goes to control, and how much of it control wants. */
export interface LogReport {
  readonly queue: LogQueue
  readonly threshold: LogThreshold
}

/** The part of a heartbeat that tells of the log; empty where there is nothing to tell. */
export function logsToSend(batch: ReturnType<LogQueue['batch']>): Pick<HeartbeatRequest, 'logs' | 'logs_dropped'> {
  return {
    ...(batch.lines.length > 0 && { logs: [...batch.lines] }),
    ...(batch.dropped > 0 && { logs_dropped: batch.dropped }),
  }
}

/** Logs as much as control has ordered; without an order as much as the worker was started with. */
export function followLogOrder(threshold: LogThreshold, order: HeartbeatResponse['log']): void {
  const debugged = (order?.debug ?? []).map(({ live_stream_id, until }) => [live_stream_id, Date.parse(until)] as const)
  threshold.set(order?.level ?? null, new Map(debugged))
}
