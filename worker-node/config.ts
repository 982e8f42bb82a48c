import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { AddressRules } from '#schema/address-rules.ts'
import { labelList } from '#schema/contracts/placement.ts'
import {
  type Environment,
  EnvironmentError,
  environmentFlag,
  environmentLogLevel,
  environmentMetricsToken,
  environmentPort,
  environmentValue,
  readEnvironment,
} from '#schema/environment.ts'
import type { EnvironmentName } from '#schema/environment-variables.ts'
import type { LogLevel } from '#schema/log/line.ts'
import { readWhipConfig, type WhipConfig } from './whip-config.ts'

/** Everything a worker is told from outside; read once at start. */
export interface WorkerConfig {
  readonly name: string
  /** Control plane, without a slash at the end. */
  readonly controlUrl: string
  readonly host: string
  /** Media origin; 0 lets the system choose. */
  readonly originPort: number
  readonly rtmpPort: number
  readonly srtPort: number
  /** Name or address by which others reach this worker, as it stands in a URL. */
  readonly publicHost: string
  /** What others are told; null: made from that and the port. */
  readonly originUrl: string | null
  readonly rtmpUrl: string | null
  readonly srtUrl: string | null
  /** Identity, slates and measurements of this worker; mode 0700. */
  readonly stateDir: string
  /** Where control left the one-time join token, if it runs on this host. */
  readonly joinTokenFile: string
  readonly joinToken: string | null
  readonly logLevel: LogLevel
  /** Where lines go too, into files that are rotated; null: on stderr alone. */
  readonly logFile: string | null
  readonly whip: WhipConfig
  /** Where inputs may be pulled from. */
  readonly pullRules: AddressRules
  /** Whether sound that goes out untouched is decoded to measure it. */
  readonly listensToPassthrough: boolean
  /** By these, live streams choose workers: `key=value`. */
  readonly labels: readonly string[]
  /** How long a worker that is told to stop lets others take its streams, milliseconds; 0: not at all. */
  readonly drainMs: number
  /** How long sessions go on while control can't be reached, milliseconds. */
  readonly offlineGraceMs: number
  /** What Prometheus shows; left out: there is nothing for it. */
  readonly metricsToken?: string | undefined
}

/** Reads and checks the environment; an {@link EnvironmentError} is one line that says what to do. */
export async function readConfig(env: Readonly<Record<string, string | undefined>>): Promise<WorkerConfig> {
  const environment = readEnvironment(env)
  const dataDir = resolve(environmentValue(environment, 'WEIR_DATA_DIR'))
  const stateDir = join(dataDir, 'worker')
  await mkdir(stateDir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new EnvironmentError(
      `The data folder ${dataDir} can't be written. Give this user the right to it, or set WEIR_DATA_DIR to another folder.`,
      { cause },
    )
  })
  return {
    name: environment.WEIR_WORKER_NAME ?? hostname(),
    controlUrl: httpUrl('WEIR_CONTROL_URL', environmentValue(environment, 'WEIR_CONTROL_URL')),
    host: environmentValue(environment, 'WEIR_HOST'),
    originPort: environmentPort(environment, 'WEIR_WORKER_PORT'),
    rtmpPort: environmentPort(environment, 'WEIR_RTMP_PORT'),
    srtPort: environmentPort(environment, 'WEIR_SRT_PORT'),
    publicHost: publicHost(environment.WEIR_PUBLIC_HOST, environmentValue(environment, 'WEIR_HOST')),
    originUrl: environment.WEIR_ORIGIN_URL ? originOnly('WEIR_ORIGIN_URL', environment.WEIR_ORIGIN_URL) : null,
    rtmpUrl: environment.WEIR_RTMP_URL ? rtmpUrl('WEIR_RTMP_URL', environment.WEIR_RTMP_URL) : null,
    srtUrl: environment.WEIR_SRT_URL ? srtUrl('WEIR_SRT_URL', environment.WEIR_SRT_URL) : null,
    stateDir,
    joinTokenFile: join(dataDir, 'join-token'),
    joinToken: environment.WEIR_JOIN_TOKEN ?? null,
    logLevel: environmentLogLevel(environment),
    logFile: environment.WEIR_LOG_FILE ? resolve(environment.WEIR_LOG_FILE) : null,
    whip: readWhipConfig(environment, environmentValue(environment, 'WEIR_HOST')),
    pullRules: AddressRules.parse(environment.WEIR_PULL_ALLOW ?? ''),
    listensToPassthrough: environmentFlag(environment, 'WEIR_MEASURE_PASSTHROUGH'),
    labels: readLabels(environment.WEIR_WORKER_LABELS ?? ''),
    drainMs: readSeconds(environment, 'WEIR_DRAIN_TIMEOUT') * 1000,
    offlineGraceMs: readSeconds(environment, 'WEIR_OFFLINE_GRACE') * 1000,
    metricsToken: environmentMetricsToken(environment),
  }
}

function readSeconds(environment: Environment, name: EnvironmentName): number {
  const seconds = Number(environmentValue(environment, name))
  if (!Number.isInteger(seconds) || seconds < 0)
    throw new EnvironmentError(`Set ${name} to a whole number of seconds, 0 or more.`)
  return seconds
}

function readLabels(text: string): string[] {
  const wanted = text.split(',').flatMap((each) => each.trim() || [])
  const read = v.safeParse(labelList, wanted)
  if (read.success) return read.output
  throw new EnvironmentError(`WEIR_WORKER_LABELS: ${read.issues[0].message} Put commas between labels.`)
}

/** The address others use for a listener: a host that binds everything is reached by its own name. */
function publicHost(told: string | undefined, host: string): string {
  if (told !== undefined) {
    if (URL.parse(`http://${told}/`)?.host === told.toLowerCase()) return told
    throw new EnvironmentError('WEIR_PUBLIC_HOST is a name or an address, like w1.example, 10.0.0.7 or [2001:db8::7].')
  }
  if (host === '0.0.0.0' || host === '::') return hostname()
  return host.includes(':') ? `[${host}]` : host
}

function httpUrl(name: string, text: string): string {
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new EnvironmentError(`${name} is not an http:// or https:// address. Correct it.`)
  return text.replace(/\/+$/, '')
}

/** Control puts its own paths behind this one, so it is host and port and nothing else. */
function originOnly(name: string, text: string): string {
  const url = httpUrl(name, text)
  if (new URL(url).origin !== url)
    throw new EnvironmentError(`${name} is host and port only, like http://10.0.0.7:8788. Leave out the rest.`)
  return url
}

function rtmpUrl(name: string, text: string): string {
  const url = URL.parse(text)
  if (url?.protocol !== 'rtmp:' && url?.protocol !== 'rtmps:')
    throw new EnvironmentError(`${name} is not an rtmp:// or rtmps:// address. Correct it.`)
  return text
}

function srtUrl(name: string, text: string): string {
  if (!/^srt:\/\/[^/?#@\s]+:\d{1,5}$/.test(text))
    throw new EnvironmentError(`${name} is not an address like srt://host:8890. Correct it, and leave out the rest.`)
  return text
}
