import type { Job } from '#schema/contracts/job.ts'
import type { HeartbeatResponse, PollResponse } from '#schema/contracts/worker.ts'

/*
 * Workers of contract 1 (schema/contract-version.ts) refuse fields that they do not know, so they get what that contract had
 * and nothing else. This file goes when contract 1 does.
 */

const destinationFields = new Set<string>([
  ...['id', 'platform', 'name', 'url', 'sealed_stream_key', 'profile', 'enabled', 'changed_at', 'start', 'ordered'],
  ...['ordered_at', 'over_at', 'stop_at', 'max_duration_s', 'roll_over', 'ca_pem', 'sealed_srt_passphrase'],
])
const jobFields = new Set<string>([
  ...['live_stream_id', 'name', 'revision', 'fence', 'lease_seconds', 'inputs', 'pinned_input_id'],
  ...['stream_key_digest', 'sealed_srt_passphrase', 'latency_mode', 'reconnect_window', 'always_on', 'ladder'],
  ...['encoder_preset', 'encoder', 'no_software_fallback', 'upscale', 'upscale_height', 'packaging', 'audio'],
  ...['slate', 'playback_ids', 'destinations'],
])
const answerFields = new Set<string>(['now', 'jobs', 'stops', 'lost', 'checks'])

/** A job as a worker of that contract reads it. */
export function jobFor(contract: number, job: Job): Job {
  if (contract > 1) return job
  const destinations = job.destinations.map((each) => only(each, destinationFields))
  return only({ ...job, destinations }, jobFields)
}

/** The answer to a heartbeat, likewise. */
export function heartbeatAnswerFor(contract: number, answer: HeartbeatResponse): Partial<HeartbeatResponse> {
  if (contract > 1) return answer
  const stops = answer.stops.map((stop) =>
    stop.reason === 'worker_draining' ? { ...stop, reason: 'worker_stopping' as const } : stop,
  )
  return only({ ...answer, stops }, answerFields)
}

/** The answer to a poll, likewise. */
export const pollAnswerFor = (contract: number, answer: PollResponse): PollResponse =>
  contract > 1 ? answer : { jobs: answer.jobs }

const only = <Whole extends object>(whole: Whole, fields: ReadonlySet<string>): Whole =>
  Object.fromEntries(Object.entries(whole).filter(([field]) => fields.has(field))) as Whole
