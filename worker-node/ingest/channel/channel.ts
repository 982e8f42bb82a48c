import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { execa } from 'execa'
import type { ChannelNow } from '#schema/contracts/input.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import { delay } from '../../delay.ts'
import type { Driver, DriverHost, DriverState } from '../driver.ts'
import type { Egress, ProxyPass } from '../egress/egress.ts'
import { failed } from './channel-outlook.ts'
import { channelProblems } from './channel-problem.ts'
import { type ChannelRunEnd, runStreamlink } from './channel-run.ts'
import { backoffMs, between, type ChannelTiming, channelTiming } from './channel-timing.ts'
import { canHandleArguments, channelAddress, configText, type StreamlinkCall } from './streamlink-arguments.ts'
import { findStreamlink, type StreamlinkBinary, StreamlinkUnusableError } from './streamlink-binary.ts'
import { hasProxy, streamlinkEnvironment, throughProxy } from './streamlink-environment.ts'
import { redactStreamlink } from './streamlink-log.ts'
import type { StreamlinkLaunch } from './streamlink-process.ts'

/** What the driver of a channel needs. */
export interface ChannelHost extends DriverHost {
  /** The way out for streamlink, unless its environment names a proxy: that one is used then. Without: the open network. */
  readonly egress?: Egress
}

export interface ChannelOptions {
  /** The page of the channel. */
  readonly url: string
  /** Streamlink's words, best first, as `schema/contracts/input.ts` takes them. Where none is there: `best`. */
  readonly quality: string
  /** Of a Twitch account. It never stands in an argument, a log or an error. */
  readonly oauthToken: string | null
  /** The program; a name is looked for on PATH. */
  readonly streamlinkPath?: string
  /** What streamlink gets of the environment: PATH, proxies and certificates of it, nothing else. Default: the worker's. */
  readonly environment?: NodeJS.ProcessEnv
  readonly timing?: Partial<ChannelTiming>
}

/**
 * Follows a channel by streamlink for as long as it is wanted: waits while it is offline, makes a source of each
 * broadcast, pauses in ad breaks, and never gives up. What is wrong is told in words through `host.onState`.
 */
export function startChannel(options: ChannelOptions, host: ChannelHost): Driver {
  const abort = new AbortController()
  const follower = new ChannelFollower(options, host, abort.signal)
  const done = follower.follow()
  return {
    stop: async () => {
      abort.abort()
      await done
    },
  }
}

class ChannelFollower {
  readonly #options: ChannelOptions
  readonly #host: ChannelHost
  readonly #signal: AbortSignal
  readonly #timing: ChannelTiming
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #pass: ProxyPass | null
  #state: DriverState | undefined
  #channel: ChannelNow | null = null

  constructor(options: ChannelOptions, host: ChannelHost, signal: AbortSignal) {
    this.#options = options
    this.#host = host
    this.#signal = signal
    this.#timing = { ...channelTiming, ...options.timing }
    this.#folder = join(host.workDir, 'streamlink')
    const environment = options.environment ?? process.env
    this.#pass = hasProxy(environment) ? null : (host.egress?.admit({ tunnels: true }) ?? null)
    const proxied = this.#pass ? throughProxy(environment, this.#pass.proxyUrl) : environment
    this.#environment = streamlinkEnvironment(proxied, this.#folder)
  }

  /** Resolves once it is stopped and everything is gone. Never rejects. */
  async follow(): Promise<void> {
    try {
      while (!(await this.#follow().catch((error: unknown) => this.#stumble(error)))) {}
    } finally {
      this.#pass?.close()
      await rm(this.#folder, { recursive: true, force: true })
      this.#tellChannel(null)
    }
  }

  /** A fault of ours, such as a disk that is full: told, and after a while tried again. */
  async #stumble(error: unknown): Promise<boolean> {
    this.#host.log.error({ err: error }, 'channel')
    this.#tell(failed(channelProblems.ownFault))
    await delay(this.#timing.longestBackoffMs, this.#signal)
    return this.#signal.aborted
  }

  /** True: there is nothing more to do. */
  async #follow(): Promise<boolean> {
    const url = channelAddress(this.#options.url)
    if (url === null) {
      const issue = channelProblems.addressInvalid
      this.#tell({ state: 'failed', detail: issue.detail, issue })
      return true
    }
    this.#tell({ state: 'connecting', detail: 'The channel is being looked for.', issue: null })
    const configPath = await this.#writeConfig()
    const streamlink = await this.#find(url)
    const ffmpegPath = this.#host.ffmpeg.path
    if (streamlink) await this.#watch(streamlink, { version: streamlink.version, url, configPath, ffmpegPath })
    return true
  }

  /** A folder for us alone, and in it the file with the token. */
  async #writeConfig(): Promise<string> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { mode: 0o700 })
    await chmod(this.#folder, 0o700)
    const path = join(this.#folder, 'weir.conf')
    await writeFile(path, configText(this.#options.oauthToken), { mode: 0o600, flag: 'wx' })
    return path
  }

  /** Looks until there is a streamlink that knows the site. Null: stopped before. */
  async #find(url: string): Promise<StreamlinkBinary | null> {
    while (!this.#signal.aborted) {
      const found = await this.#look(url)
      if ('path' in found) return found
      this.#tell(failed(found))
      await delay(this.#timing.findEachMs, this.#signal)
    }
    return null
  }

  async #look(url: string): Promise<StreamlinkBinary | Issue> {
    try {
      const streamlink = await findStreamlink(this.#options.streamlinkPath, this.#environment)
      const { exitCode } = await execa(streamlink.path, canHandleArguments(url), {
        ...{ reject: false, stdio: 'ignore', timeout: 30_000, extendEnv: false, env: this.#environment },
        cancelSignal: this.#signal,
      })
      return exitCode === 1 ? channelProblems.siteUnknown : streamlink
    } catch (error) {
      if (!(error instanceof StreamlinkUnusableError)) throw error
      return { code: error.code, severity: 'error', detail: error.message, fix: error.fix }
    }
  }

  async #watch(streamlink: StreamlinkBinary, call: StreamlinkCall): Promise<void> {
    const { launcher } = this.#host.ffmpeg
    const launch = { streamlink, launcher, environment: this.#environment, signal: this.#signal }
    let failures = 0
    let quickSinceMs = performance.now()
    while (!this.#signal.aborted) {
      const end = await this.#run(launch, call, performance.now() - quickSinceMs < this.#timing.quickMs)
      if (end.mediaMs > 0) quickSinceMs = performance.now()
      if (end.cause === 'patience' || end.mediaMs > this.#timing.goodRunMs) failures = 0
      if (end.cause === 'patience' || this.#signal.aborted) continue
      if (end.problem) this.#tell(failed(end.problem))
      else this.#tell({ state: 'connecting', detail: 'The channel is being looked for again.', issue: null })
      const leastMs = end.cause === 'goodbye' ? this.#timing.afterEndMs : 0
      await delay(Math.max(leastMs, backoffMs(failures++, this.#timing)), this.#signal)
    }
  }

  #run(launch: StreamlinkLaunch, call: StreamlinkCall, isQuick: boolean): Promise<ChannelRunEnd> {
    const { quality, oauthToken } = this.#options
    const { quickPollSeconds, quickMs, pollSeconds, patienceMs } = this.#timing
    return runStreamlink({
      launch,
      call,
      quality,
      secret: oauthToken,
      pollSeconds: between(isQuick ? quickPollSeconds : pollSeconds),
      patienceMs: isQuick ? quickMs : patienceMs,
      timing: this.#timing,
      host: { ...this.#host, onState: (state) => this.#tell(state) },
      onChannel: (channel) => this.#tellChannel(channel),
      egressFailure: () => this.#pass?.failure ?? null,
    })
  }

  #tell(state: DriverState): void {
    if (this.#signal.aborted || isDeepStrictEqual(state, this.#state)) return
    this.#state = state
    this.#host.log.info({ state: state.state, issue: state.issue?.code }, redactStreamlink(state.detail, null))
    this.#host.onState(state)
  }

  #tellChannel(channel: ChannelNow | null): void {
    if (isDeepStrictEqual(channel, this.#channel)) return
    this.#channel = channel
    this.#host.onChannel?.(channel)
  }
}
