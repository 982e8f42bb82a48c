import * as v from 'valibot'
import { type Environment, EnvironmentError, environmentValue } from '#schema/environment.ts'

/** What the app itself needs to know, on every runtime. */
export interface ControlConfig {
  /** What encoders are told to publish to while no worker is online. */
  readonly defaultRtmpUrl: string
  /** The same for SRT callers. */
  readonly defaultSrtUrl: string
  /** Scheme, host and port under which browsers reach control; undefined: whatever they asked at. */
  readonly publicUrl: string | undefined
}

const rtmp = v.pipe(v.string(), v.regex(/^rtmps?:\/\/[^\s/]+\/\S*$/))
const srt = v.pipe(v.string(), v.regex(/^srt:\/\/[^/?#@\s]+:\d{1,5}$/))

/** Reads the app's part of the environment; an {@link EnvironmentError} says what to change. */
export function readControlConfig(environment: Environment): ControlConfig {
  const defaultRtmpUrl = environmentValue(environment, 'WEIR_INGEST_RTMP_URL')
  if (!v.is(rtmp, defaultRtmpUrl))
    throw new EnvironmentError('WEIR_INGEST_RTMP_URL must look like rtmp://host:1935/live.')
  const defaultSrtUrl = environmentValue(environment, 'WEIR_INGEST_SRT_URL')
  if (!v.is(srt, defaultSrtUrl)) throw new EnvironmentError('WEIR_INGEST_SRT_URL must look like srt://host:8890.')
  return { defaultRtmpUrl, defaultSrtUrl, publicUrl: readPublicUrl(environment.WEIR_PUBLIC_URL) }
}

function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`) return url.origin
  throw new EnvironmentError('WEIR_PUBLIC_URL must look like https://weir.example, without user, password and path.')
}

/** The admin token from the environment, if it is long enough to be one. */
export function readAdminToken(environment: Environment): string | undefined {
  const token = environment.WEIR_ADMIN_TOKEN
  if (token !== undefined && token.length < 32)
    throw new EnvironmentError('WEIR_ADMIN_TOKEN is too short: use 32 random characters or more.')
  return token
}

/** Seconds that a lease lasts from each heartbeat on; also how long a silent worker counts as online. */
export const leaseSeconds = 15
/** Events kept per live stream. */
export const eventsKeptPerStream = 500
/** Body of an API request at most, bytes. */
export const apiBodyLimitBytes = 256 * 1024
/** Body of a worker's request at most, bytes: 200 sessions with what is counted of their destinations, and 200 events. */
export const workerBodyLimitBytes = 4 * 1024 * 1024
