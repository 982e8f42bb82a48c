import { answer, beginAnswer, cacheFor, contentTypes, refuse } from './answer.ts'
import { busy, type Exchange, waitFor } from './exchange.ts'
import type { Package } from './package.ts'
import type { Route } from './route.ts'
import type { TrackPackager } from './track-packager.ts'
import type { Segment } from './window.ts'

/** Serves init segments, segments, groups of segments and parts, of the package on air and of those before it. */
export async function serveMedia(
  newest: Package,
  route: Route & { trackId?: string },
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  const live = 'epoch' in route ? newest.ofEpoch(route.epoch) : undefined
  const packager = live?.track(route.trackId ?? '')
  if (!('epoch' in route) || live === undefined || packager === undefined)
    return refuse(request, response, 404, 'This is not part of the stream, or no longer.')
  if (route.kind === 'init') return serveInit(packager, route, exchange)
  if (route.kind === 'part') return servePart(live, packager, route.sequence, route.part, exchange)
  const { window } = packager
  const first = route.kind === 'group' ? window.group(route.start)[0] : window.find(route.sequence)
  if (first === undefined) return refuse(request, response, 404, 'This segment is not there yet, or no longer.')
  const media: SegmentMedia = {
    before: route.kind === 'segment' && route.selfInitializing ? [first.configuration.init] : [],
    first,
    isGroup: route.kind === 'group',
    after: ({ sequence }) => {
      const next = route.kind === 'group' ? window.find(sequence + 1) : undefined
      return next?.groupStart === first.start ? next : undefined
    },
    isComplete: () =>
      route.kind === 'group' ? live.isClosed || window.open?.groupStart !== first.start : first.complete,
  }
  return serveSegment(live, packager, media, exchange)
}

/** What a segment's URL stands for: one segment, or several that are played together. */
interface SegmentMedia {
  readonly before: readonly Uint8Array[]
  readonly first: Segment
  /** The segment that goes on after this one, which is complete. */
  after(segment: Segment): Segment | undefined
  isComplete(): boolean
  /** Then it is listed, and served, from its first part on in every latency mode. */
  readonly isGroup: boolean
}

function serveSegment(
  live: Package,
  packager: TrackPackager,
  media: SegmentMedia,
  exchange: Exchange,
): Promise<void> | void {
  const { request, response } = exchange
  if (!media.isComplete()) {
    if (media.first.parts.length > 0 && (live.figures.partTarget !== null || media.isGroup))
      return streamOpenSegment(live, packager, media, exchange)
    return refuse(request, response, 404, 'This segment is not there yet, or no longer.')
  }
  const buffers = [...media.before]
  for (let segment: Segment | undefined = media.first; segment?.complete; segment = media.after(segment))
    for (const part of segment.parts) buffers.push(...part.buffers)
  answer(request, response, contentTypes[packager.track.kind], cacheFor.ever, buffers)
}

function serveInit(
  packager: TrackPackager,
  { number, inband }: { readonly number: number; readonly inband: boolean },
  { request, response }: Exchange,
): void {
  const configuration = packager.configurations.find(number)
  const init = inband ? configuration?.inbandInit : configuration?.init
  if (init) answer(request, response, contentTypes[packager.track.kind], cacheFor.ever, [init])
  else refuse(request, response, 404, 'There is no such init segment, or no longer.')
}

/** A part that is there, or the one that the playlist hints at as soon as it is complete (rfc8216bis §6.2.5.2). */
async function servePart(
  live: Package,
  packager: TrackPackager,
  sequence: number,
  index: number,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  const find = () => packager.window.find(sequence)?.parts[index]
  const hint = live.hint(packager)
  if (find() === undefined && hint?.sequence === sequence && hint.part === index) {
    const settled = () =>
      find() !== undefined || live.isClosed || live.isSuperseded || packager.window.find(sequence)?.complete === true
    const result = await waitFor(live, packager, settled, exchange)
    if (result === 'gone') return
    if (result !== 'ready') return busy(exchange, result)
  }
  const part = live.figures.partTarget === null ? undefined : find()
  if (part === undefined) return refuse(request, response, 404, 'This part is not there yet, or no longer.')
  answer(request, response, contentTypes[packager.track.kind], cacheFor.ever, part.buffers)
}

/** The open segment for DASH: every part as soon as it is complete, until the segment is. */
async function streamOpenSegment(
  live: Package,
  packager: TrackPackager,
  media: SegmentMedia,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  beginAnswer(response, contentTypes[packager.track.kind], cacheFor.ever)
  if (request.method === 'HEAD') return void response.end()
  for (const buffer of media.before) response.write(buffer)
  for (let segment: Segment | undefined = media.first; segment; segment = media.after(segment))
    if (!(await streamSegment(live, packager, segment, exchange))) return void response.destroy()
  response.end()
}

/** False if the client, the segment or the media is gone. */
async function streamSegment(
  live: Package,
  packager: TrackPackager,
  segment: Segment,
  exchange: Exchange,
): Promise<boolean> {
  const { response } = exchange
  for (let sent = 0; ; ) {
    if (packager.window.find(segment.sequence) === undefined) return false
    response.cork()
    for (; sent < segment.parts.length; sent += 1)
      for (const buffer of segment.parts[sent]!.buffers) response.write(buffer)
    response.uncork()
    if (segment.complete) return true
    const result = await waitFor(
      live,
      packager,
      () => segment.complete || segment.parts.length > sent || live.isSuperseded,
      exchange,
    )
    if (result !== 'ready' || (live.isSuperseded && segment.parts.length === sent)) return false
  }
}
