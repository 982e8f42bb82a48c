import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceEnd } from '../source.ts'
import { type FetchOptions, fetchHttp } from './fetch-http.ts'
import { fetchRtsp } from './fetch-rtsp.ts'
import { fetchSrt } from './fetch-srt.ts'
import type { Fetched } from './fetched.ts'
import { closedByUs, PullError, toIssue } from './pull-error.ts'
import { ReaderSource } from './reader-source.ts'
import { programIn } from './transport-stamps.ts'

export interface ProgrammeOptions extends FetchOptions {
  readonly urls: readonly string[]
  readonly loop: boolean
  /** Files, one after the other: a broken one is passed over. Else the first failure is the end. */
  readonly playlist: boolean
  readonly onSource: (source: ReaderSource) => void
  /** An item that is passed over; null: all that were tried of late play. */
  readonly onIssue: (issue: Issue | null) => void
}

/**
 * Fetches and plays the addresses one after the other, as ONE source for as long as their codecs are the same: the next is
 * opened while the one before still plays, and its timestamps go on where those ended. Gives why it is over; null: all has
 * been played. Throws what the first address failed with, where there is no source yet.
 */
export async function playProgramme(options: ProgrammeOptions): Promise<Error | null> {
  const { urls, loop, playlist, signal } = options
  const broken = new BrokenItems(options)
  let playing: { readonly source: ReaderSource; readonly kind: string } | undefined
  const finish = async (reason: SourceEnd['reason'], detail: string) => {
    await playing?.source.finish({ reason, detail })
    playing = undefined
  }
  for (let index = 0; loop || index < urls.length; index++) {
    const item = index % urls.length
    await playing?.source.room()
    if (signal.aborted || playing?.source.isOver) return closedByUs()
    const fetched = await fetchItem(urls[item] ?? '', options).catch((error: unknown) => toError(error))
    if (fetched instanceof Error) {
      if (!signal.aborted && playlist && !broken.add(item, fetched)) continue
      await finish('lost', fetched.message)
      return fetched
    }
    const kind = kindOf(fetched)
    if (playing && playing.kind !== kind) await finish('ended', 'The next item has other codecs.')
    playing ??= { source: begin(fetched, options), kind }
    const exit = await playing.source.take(fetched.reader, fetched.first)
    fetched.close()
    const failure = fetched.explain(exit)
    if (playing.source.isOver) return closedByUs()
    if (failure && !playlist) {
      await finish('lost', failure.message)
      return failure
    }
    if (failure) broken.note(item, failure)
    else broken.mended(item)
  }
  await finish('ended', 'All has been played to its end.')
  return null
}

function begin({ protocol, pacing }: Fetched, { onSource, signal }: ProgrammeOptions): ReaderSource {
  const source = new ReaderSource(protocol, pacing)
  const close = () => source.close('The input was stopped.')
  signal.addEventListener('abort', close, { once: true })
  void source.ended.then(() => signal.removeEventListener('abort', close))
  onSource(source)
  return source
}

async function fetchItem(address: string, options: ProgrammeOptions): Promise<Fetched> {
  const { protocol, hostname } = new URL(address)
  const isHttp = protocol === 'http:' || protocol === 'https:'
  if (options.playlist && !isHttp)
    throw new PullError(
      'address_unsupported',
      `${protocol}// is live.`,
      'A playlist takes files from http:// or https://.',
    )
  if (protocol === 'srt:') return fetchSrt(address, options)
  if (protocol === 'rtsp:' || protocol === 'rtsps:') return fetchRtsp(address, options)
  if (!isHttp)
    throw new PullError('address_unsupported', `${protocol}// can't be pulled.`, 'Use http, https, rtmp, rtsp or srt.')
  const fetched = await fetchHttp(address, options)
  if (!options.playlist || fetched.pacing === 'file') return fetched
  await fetched.reader.stop()
  fetched.close()
  throw new PullError('address_unsupported', `What ${hostname} sends is live.`, 'A playlist takes files only.')
}

/** What two items must have in common to be one source: a decoder that reads on does not see the border. */
function kindOf({ first, protocol, pacing }: Fetched): string {
  const program = programIn(first)
  return [protocol, pacing, program?.video?.codec, program?.audio?.codec].join()
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown', { cause: error })
}

/** Which items could not be played when they were last tried. */
class BrokenItems {
  readonly #options: ProgrammeOptions
  readonly #issues = new Map<number, Issue>()
  #inARow = 0

  constructor(options: ProgrammeOptions) {
    this.#options = options
  }

  /** One that gave nothing; true: so did all the others. */
  add(item: number, failure: Error): boolean {
    const inARow = this.#inARow + 1
    this.note(item, failure)
    this.#inARow = inARow
    return this.#inARow >= this.#options.urls.length
  }

  note(item: number, failure: Error): void {
    const { code, detail, fix } = toIssue(failure)
    const { urls } = this.#options
    const host = URL.parse(urls[item] ?? '')?.hostname ?? ''
    const words = `Item ${item + 1} of ${urls.length} (${host}) is skipped: ${detail}`
    this.#issues.set(item, { code, severity: 'warning', detail: words, fix })
    this.#inARow = 0
    this.#tell()
  }

  mended(item: number): void {
    this.#inARow = 0
    if (this.#issues.delete(item)) this.#tell()
  }

  #tell(): void {
    const [issue = null] = this.#issues.values()
    this.#options.onIssue(issue)
  }
}
