import type { ChannelNow } from '#schema/contracts/input.ts'
import type { Issue } from '#schema/contracts/live-stream.ts'
import { delay } from '../../delay.ts'
import type { DriverHost } from '../driver.ts'
import type { EgressError } from '../egress/egress-error.ts'
import type { SourceEnd } from '../source.ts'
import { readChannelNow } from './channel-now.ts'
import { blankOutlook, live, lookAt, notLive, type Outlook, qualityIssue, toldSomething } from './channel-outlook.ts'
import { channelProblems, egressProblem } from './channel-problem.ts'
import { ChannelSource } from './channel-source.ts'
import type { ChannelTiming } from './channel-timing.ts'
import { mediaFormat, tellingBytes } from './media-format.ts'
import { type Remuxer, startRemuxer } from './remuxer.ts'
import { canReachSite } from './site-reach.ts'
import { describeArguments, type StreamlinkCall, watchArguments } from './streamlink-arguments.ts'
import { readStreamlinkLine, redactStreamlink } from './streamlink-log.ts'
import { type StreamlinkLaunch, type StreamlinkProcess, startStreamlink } from './streamlink-process.ts'

export interface ChannelRunOptions {
  readonly launch: StreamlinkLaunch
  readonly call: StreamlinkCall
  readonly quality: string
  /** Taken out of all words. */
  readonly secret: string | null
  /** How often an offline channel is asked for. */
  readonly pollSeconds: number
  /** How long it may be offline until the run is over. */
  readonly patienceMs: number
  readonly timing: ChannelTiming
  readonly host: Pick<DriverHost, 'ffmpeg' | 'log' | 'onSource' | 'onState'>
  readonly onChannel: (channel: ChannelNow | null) => void
  /** What our own way out refused or could not reach last; null: nothing, or it has no say. */
  readonly egressFailure: () => EgressError | null
}

/** How a run ended. */
export interface ChannelRunEnd {
  /** For how long media came, milliseconds; 0: none did. */
  readonly mediaMs: number
  /** `patience`: the channel was offline all the time. `goodbye`: the broadcast ended. `failed`: anything else. */
  readonly cause: 'patience' | 'goodbye' | 'failed'
  /** What went wrong; null: nothing that the run could tell. */
  readonly problem: Issue | null
}

/** Why we ended it ourselves. */
type StopReason = 'patience' | 'stalled' | 'unreadable' | 'closed'

const watchEachMs = 500

/** One streamlink: waits until the channel is live, makes a source of what it sends, and is over when that ends. */
export function runStreamlink(options: ChannelRunOptions): Promise<ChannelRunEnd> {
  return new ChannelRun(options).over
}

class ChannelRun {
  readonly over: Promise<ChannelRunEnd>
  readonly #options: ChannelRunOptions
  readonly #process: StreamlinkProcess
  readonly #done = new AbortController()
  readonly #startedMs = performance.now()
  #outlook: Outlook = blankOutlook
  #quietTimer: NodeJS.Timeout | undefined
  #source: ChannelSource | undefined
  #remuxer: Remuxer | undefined
  #first: Buffer = Buffer.alloc(0)
  #firstMediaMs: number | undefined
  /** When something last spoke for a live channel: a byte, or a segment of ads. */
  #lastSignMs = 0
  /** Who can take no more for now. */
  readonly #holders = new Set<'source' | 'remuxer'>()
  #stopped: StopReason | undefined
  /** What goes on beside the media: questions to the site. */
  readonly #asking = new Set<Promise<void>>()

  constructor(options: ChannelRunOptions) {
    this.#options = options
    const { launch, call, quality, pollSeconds } = options
    this.#process = startStreamlink(launch, watchArguments(call, quality, pollSeconds), (line) => this.#onLine(line))
    this.#process.stdout.on('data', (bytes: Buffer) => this.#onBytes(bytes))
    const watch = setInterval(() => this.#watch(), watchEachMs)
    this.over = this.#process.exited.then(async (code) => {
      clearInterval(watch)
      clearTimeout(this.#quietTimer)
      this.#done.abort()
      return this.#finish(code)
    })
  }

  #onLine(line: string): void {
    const event = readStreamlinkLine(line)
    if (event === null) return
    const { secret, quality, host, timing } = this.#options
    const before = this.#outlook
    this.#outlook = lookAt(before, event, secret)
    if (event.kind === 'error') host.log.warn({ streamlink: redactStreamlink(event.text, secret) }, 'channel')
    if (event.kind === 'opens' || event.kind === 'ad' || event.kind.startsWith('ads_'))
      this.#lastSignMs = performance.now()
    clearTimeout(this.#quietTimer)
    if (this.#outlook.opened !== null) host.onState(live(this.#outlook, qualityIssue(this.#outlook, quality)))
    else if (event.kind === 'known' || event.kind === 'waits' || event.kind === 'error')
      this.#quietTimer = setTimeout(() => this.#ask(this.#speak(this.#outlook)), timing.quietMs)
    // The end of a try that told nothing is not announced; the next try is.
    else if (event.kind === 'asks' && before.hasAsked && !toldSomething(before)) this.#ask(this.#speak(before))
  }

  /** Says what a try that is over has shown. */
  async #speak(seen: Outlook): Promise<void> {
    const { host, call, launch, onChannel } = this.#options
    const isReachable = toldSomething(seen) || (await canReachSite(call.url, launch.environment, this.#done.signal))
    const isOutdated = !toldSomething(seen) && toldSomething(this.#outlook)
    if (isOutdated || this.#outlook.opened !== null || this.#done.signal.aborted) return
    onChannel(null)
    host.onState(notLive(seen, isReachable ? null : this.#unreachable()))
  }

  #unreachable(): Issue {
    const failure = this.#options.egressFailure()
    return failure ? egressProblem(failure) : channelProblems.unreachable
  }

  #onBytes(bytes: Buffer): void {
    this.#lastSignMs = performance.now()
    if (this.#source === undefined) {
      this.#first = Buffer.concat([this.#first, bytes])
      if (this.#first.length >= tellingBytes) this.#begin(this.#first)
    } else this.#take(bytes)
  }

  #begin(first: Buffer): void {
    const { host, launch } = this.#options
    const format = mediaFormat(first)
    if (format === null) {
      this.#stop('unreadable')
      return
    }
    this.#firstMediaMs = performance.now()
    const source = new ChannelSource({
      protocol: this.#outlook.site ?? 'channel',
      onHold: (holds) => this.#hold('source', holds),
      onClose: () => this.#stop('closed'),
    })
    this.#source = source
    if (format !== 'mpegts')
      this.#remuxer = startRemuxer({
        ffmpeg: host.ffmpeg,
        format,
        onBytes: (bytes) => source.push(bytes),
        onDrained: () => this.#hold('remuxer', false),
        signal: launch.signal,
      })
    host.onSource(source)
    this.#take(first)
    this.#ask(this.#describe())
  }

  #ask(question: Promise<void>): void {
    this.#asking.add(question)
    void question.finally(() => this.#asking.delete(question))
  }

  #take(bytes: Buffer): void {
    if (!this.#remuxer) this.#source?.push(bytes)
    else if (!this.#remuxer.write(bytes)) this.#hold('remuxer', true)
  }

  /** Streamlink keeps up to 16 MiB while nothing is read from it, then the site waits. */
  #hold(holder: 'source' | 'remuxer', holds: boolean): void {
    if (holds) this.#holders.add(holder)
    else this.#holders.delete(holder)
    this.#lastSignMs = performance.now()
    if (this.#holders.size > 0) this.#process.stdout.pause()
    else this.#process.stdout.resume()
  }

  async #describe(): Promise<void> {
    const { launch, call, timing, onChannel } = this.#options
    const signal = AbortSignal.any([this.#done.signal, launch.signal])
    while (!signal.aborted) {
      const now = await readChannelNow({ ...launch, signal }, describeArguments(call))
      if (now && !signal.aborted) onChannel(now)
      await delay(timing.describeEachMs, signal)
    }
  }

  #watch(): void {
    const { timing, patienceMs } = this.#options
    const nowMs = performance.now()
    if (this.#outlook.opened === null && this.#outlook.qualities.length === 0) {
      if (nowMs - this.#startedMs > patienceMs) this.#stop('patience')
    } else if (this.#holders.size === 0) {
      const allowedMs = this.#outlook.showsAds ? timing.adSilenceMs : timing.silenceMs
      if (nowMs - this.#lastSignMs > allowedMs) this.#stop('stalled')
    }
  }

  #stop(why: StopReason): void {
    this.#stopped ??= why
    this.#process.stop()
  }

  async #finish(code: number | null): Promise<ChannelRunEnd> {
    this.#remuxer?.end()
    await this.#remuxer?.exited
    const mediaMs = this.#firstMediaMs === undefined ? 0 : performance.now() - this.#firstMediaMs
    const isGoodbye = code === 0 && this.#stopped === undefined
    if (this.#options.launch.signal.aborted) this.#source?.close('The stream was stopped.')
    else this.#source?.finish(this.#endInWords(code))
    await Promise.all([this.#source?.ended, ...this.#asking])
    if (this.#stopped === 'patience') return { mediaMs, cause: 'patience', problem: null }
    return { mediaMs, cause: isGoodbye ? 'goodbye' : 'failed', problem: this.#problem(mediaMs) }
  }

  #problem(mediaMs: number): Issue | null {
    if (this.#stopped === 'unreadable') return channelProblems.unreadable
    if (this.#stopped === 'stalled') return channelProblems.stalled
    return mediaMs > 0 ? null : this.#outlook.problem
  }

  #endInWords(code: number | null): SourceEnd {
    if (this.#stopped === 'stalled') return { reason: 'lost', detail: 'The media of the channel stopped coming.' }
    if (code === 0) return { reason: 'ended', detail: 'The channel has ended its broadcast.' }
    if (code === null) return { reason: 'lost', detail: 'Streamlink was killed. It is started again by itself.' }
    return { reason: 'lost', detail: 'The channel stopped sending.' }
  }
}
