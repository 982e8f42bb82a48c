import * as v from 'valibot'
import { AddressRules } from '#schema/address-rules.ts'
import { type Environment, EnvironmentError, environmentMetricsToken, environmentValue } from '#schema/environment.ts'

/** What the app itself needs to know, on every runtime. */
export interface ControlConfig {
  /** What encoders are told to publish to while no worker is online. */
  readonly defaultRtmpUrl: string
  /** The same for SRT callers. */
  readonly defaultSrtUrl: string
  /** Scheme, host and port under which browsers reach control; undefined: whatever they asked at. */
  readonly publicUrl: string | undefined
  /** Which addresses webhooks may be sent to. */
  readonly webhookRules: AddressRules
  /** Origins whose pages may call the API; `*`: all. */
  readonly corsOrigins: readonly string[]
  /** Requests that one credential may make a minute; 0: as many as it likes. */
  readonly rateLimitPerMinute: number
  /** The header in which the proxy before control says who the client is; undefined: there is none. */
  readonly trustedProxyHeader: string | undefined
  /** What Prometheus may show instead of an API token; undefined: nothing. */
  readonly metricsToken: string | undefined
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
  return {
    defaultRtmpUrl,
    defaultSrtUrl,
    publicUrl: readPublicUrl(environment.WEIR_PUBLIC_URL),
    webhookRules: AddressRules.parse(environment.WEIR_WEBHOOK_ALLOW ?? '', 'WEIR_WEBHOOK_ALLOW'),
    corsOrigins: readCorsOrigins(environment.WEIR_CORS_ORIGINS),
    rateLimitPerMinute: readRateLimit(environmentValue(environment, 'WEIR_RATE_LIMIT')),
    trustedProxyHeader: readHeaderName(environment.WEIR_TRUSTED_PROXY),
    metricsToken: environmentMetricsToken(environment),
  }
}

function readCorsOrigins(text = ''): readonly string[] {
  const origins = text.split(',').flatMap((each) => each.trim() || [])
  const wrong = origins.find((origin) => origin !== '*' && !isOrigin(origin))
  if (wrong === undefined) return origins
  throw new EnvironmentError(
    `WEIR_CORS_ORIGINS has "${wrong}"; write origins like https://app.example with commas between, or * for all.`,
  )
}

const isOrigin = (text: string) => /^https?:/.test(text) && URL.parse(text)?.origin === text

function readRateLimit(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new EnvironmentError(
    `WEIR_RATE_LIMIT is "${text}"; set it to requests a minute, such as 6000, or 0 for no limit.`,
  )
}

function readHeaderName(text: string | undefined): string | undefined {
  if (text === undefined || /^[a-z][a-z0-9-]{0,63}$/i.test(text)) return text?.toLowerCase()
  throw new EnvironmentError('WEIR_TRUSTED_PROXY must be the name of a header, such as X-Forwarded-For or X-Real-IP.')
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
