import type { Issue } from '#schema/contracts/live-stream.ts'
import { delay } from '../../delay.ts'
import type { Driver, DriverHost, DriverState } from '../driver.ts'
import type { Egress } from '../egress/egress.ts'
import type { Source } from '../source.ts'
import { Backoff } from './backoff.ts'
import { playProgramme } from './programme.ts'
import { toIssue } from './pull-error.ts'
import { pullRtmp } from './rtmp-pull.ts'

export interface PullOptions {
  /** One address, or the files of a playlist. User, password, path and query of them are secrets. */
  readonly urls: readonly string[]
  /** Begins anew after the end. */
  readonly loop: boolean
  /** The addresses are files, played one after the other. */
  readonly playlist: boolean
}

export interface PullHost extends DriverHost {
  readonly egress: Egress
  /** Decides on the pauses between two tries. */
  readonly backoff?: Pick<Backoff, 'next'>
}

/**
 * Fetches from addresses for as long as it is wanted, whatever becomes of them. While a source is there, `onState` tells
 * of issues only: an item of the playlist that is passed over.
 */
export function startPull(options: PullOptions, host: PullHost): Driver {
  const stopping = new AbortController()
  const running = new Pull(options, host, stopping.signal).run()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

class Pull {
  readonly #options: PullOptions
  readonly #host: PullHost
  readonly #signal: AbortSignal
  readonly #backoff: Pick<Backoff, 'next'>
  #sourceSinceMs = Number.POSITIVE_INFINITY

  constructor(options: PullOptions, host: PullHost, signal: AbortSignal) {
    this.#options = options
    this.#host = host
    this.#signal = signal
    this.#backoff = host.backoff ?? new Backoff()
  }

  async run(): Promise<void> {
    const host = URL.parse(this.#options.urls[0] ?? '')?.hostname ?? 'the address'
    let issue: Issue | null = null
    while (!this.#signal.aborted) {
      this.#tell('connecting', `Fetching from ${host}.`, issue)
      this.#sourceSinceMs = Number.POSITIVE_INFINITY
      const failure = await this.#try().catch((error: unknown) => error)
      if (failure === null) return this.#tell('finished', playedOut, null)
      issue = toIssue(failure)
      const pauseMs = this.#backoff.next(performance.now() - this.#sourceSinceMs)
      this.#host.log.info({ code: issue.code, detail: issue.detail, pauseMs }, 'a pull failed')
      this.#tell('failed', `${issue.detail} ${issue.fix} Next try in ${Math.ceil(pauseMs / 1_000)} s.`, issue)
      await delay(pauseMs, this.#signal)
    }
  }

  /** One source, or several one after the other. Gives why it is over; null: there is nothing left to fetch. */
  #try(): Promise<unknown> {
    const { urls, loop, playlist } = this.#options
    const { egress, ffmpeg } = this.#host
    const [url = ''] = urls
    let itemIssue: Issue | null = null
    const onSource = (source: Source) => {
      this.#sourceSinceMs = performance.now()
      // What was wrong before it came is so no more.
      this.#tell('connecting', 'Its media is being read.', itemIssue)
      this.#host.onSource(source)
    }
    if (!playlist && /^rtmps?:/i.test(url)) return pullRtmp(url, { egress, signal: this.#signal, onSource })
    const onIssue = (issue: Issue | null) => {
      itemIssue = issue
      this.#tell('connecting', issue?.detail ?? 'All items play.', issue)
    }
    return playProgramme({ urls, loop, playlist, egress, ffmpeg, signal: this.#signal, onSource, onIssue })
  }

  #tell(state: DriverState['state'], detail: string, issue: Issue | null): void {
    if (!this.#signal.aborted) this.#host.onState({ state, detail, issue })
  }
}

const playedOut = 'All has been played to its end. To play it again, set it to loop or disable and enable the stream.'
