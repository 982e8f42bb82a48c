import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ChannelNow } from '#schema/contracts/input.ts'
import { LogThreshold } from '#schema/log/threshold.ts'
import { type ChannelHost, type ChannelOptions, startChannel } from '#worker/ingest/channel/channel.ts'
import type { DriverState } from '#worker/ingest/driver.ts'
import type { Source, SourceEnd } from '#worker/ingest/source.ts'
import { createLog } from '#worker/observe/log.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { FakeTwitch } from './fake-twitch.ts'
import { descendants } from './processes.ts'

/** One source that a channel's driver has given, read to the end. */
export interface WatchedSource {
  readonly source: Source
  readonly atMs: number
  /** Everything that came out of it. */
  readonly bytes: () => Buffer
  readonly lastByteAtMs: () => number
  readonly end: () => SourceEnd | undefined
}

/** A channel's driver with everything that it says. */
export interface ChannelWatch {
  readonly states: readonly DriverState[]
  readonly channels: readonly (ChannelNow | null)[]
  readonly sources: readonly WatchedSource[]
  readonly workDir: string
  /** Lines of the log. */
  readonly log: () => string
  /** The last state. */
  readonly state: () => DriverState | undefined
  /** The newest source. */
  readonly source: () => WatchedSource | undefined
  /** Stops the driver. */
  stop(): Promise<void>
  /** Stops it, and removes what a test leaves. */
  remove(): Promise<void>
}

const isWatching = (pid: number) => commandLine(pid).includes('--stdout')

/** The streamlinks of this process that wait for a channel or fetch its media. */
export const watchingStreamlinks = (of = process.pid): number[] => descendants(of, 'streamlink').filter(isWatching)

/** What everybody can see of a process. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Times that suit a test: what takes minutes takes seconds. */
export const quickTiming = {
  quickPollSeconds: [0.4, 0.6],
  pollSeconds: [0.4, 0.6],
  quietMs: 300,
  describeEachMs: 1_000,
  firstBackoffMs: 200,
  longestBackoffMs: 1_000,
  afterEndMs: 1_000,
  findEachMs: 500,
} as const

/** Starts a driver on the fake channel and takes all that it gives. */
export async function watchChannel(
  fake: Pick<FakeTwitch, 'environment'>,
  options: Partial<ChannelOptions> = {},
  host: Partial<Pick<ChannelHost, 'egress' | 'workDir'>> = {},
): Promise<ChannelWatch> {
  const workDir = host.workDir ?? (await mkdtemp(join(tmpdir(), 'weir-channel-')))
  const states: DriverState[] = []
  const channels: (ChannelNow | null)[] = []
  const sources: WatchedSource[] = []
  let logged = ''
  const write = (line: object) => {
    logged += `${JSON.stringify(line)}\n`
  }
  const log = createLog({ threshold: new LogThreshold('debug'), write })
  const environment = { PATH: process.env.PATH, ...fake.environment }
  const driver = startChannel(
    {
      ...{ url: FakeTwitch.url, quality: 'best', oauthToken: null, environment },
      ...options,
      timing: { ...quickTiming, ...options.timing },
    },
    {
      ffmpeg: await findFfmpeg(),
      log,
      workDir,
      ...host,
      onSource: (source) => sources.push(watchSource(source)),
      onState: (state) => states.push(state),
      onChannel: (channel) => channels.push(channel),
    },
  )
  return {
    states,
    channels,
    sources,
    workDir,
    log: () => logged,
    state: () => states.at(-1),
    source: () => sources.at(-1),
    stop: () => driver.stop(),
    remove: async () => {
      await driver.stop()
      await rm(workDir, { recursive: true, force: true })
    },
  }
}

function watchSource(source: Source): WatchedSource {
  const atMs = performance.now()
  const chunks: Buffer[] = []
  let lastByteAtMs = 0
  let end: SourceEnd | undefined
  const read = (feed: Readable) => {
    feed.on('data', (chunk: Buffer) => {
      lastByteAtMs = performance.now()
      chunks.push(chunk)
    })
  }
  // From the beginning on, so that nothing is missed.
  read(source.open()!)
  void source.ended.then((reason) => {
    end = reason
  })
  return { source, atMs, bytes: () => Buffer.concat(chunks), lastByteAtMs: () => lastByteAtMs, end: () => end }
}
