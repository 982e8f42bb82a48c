import { interruptions, type StatusReason, type StreamStatus } from '#schema/enums.ts'

/** What is known of a live stream's status; the window is in seconds. */
interface Status {
  readonly status: StreamStatus
  readonly statusReason: StatusReason | null
  /** ISO 8601. */
  readonly statusSince: string
  readonly reconnectWindow: number
}

/**
 * The status as viewers are told of it: a live stream between two sessions of one broadcast, because its worker was lost or
 * emptied, is `reconnecting` for as long as it would be where only its source was away.
 */
export function viewerStatus({ status, statusReason, statusSince, reconnectWindow }: Status, now: Date): StreamStatus {
  if (status !== 'idle' || statusReason === null || !interruptions.includes(statusReason)) return status
  return now.getTime() < Date.parse(statusSince) + reconnectWindow * 1_000 ? 'reconnecting' : status
}
