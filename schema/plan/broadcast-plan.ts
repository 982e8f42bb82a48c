import type { VideoEncoder } from '../enums.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { PictureSize, Rendition } from './ladder.ts'
import { addLoads, type Load, loadOf, noLoad, shareOf } from './load.ts'
import type { Adjustment, FeedEncode } from './own-encode.ts'
import { planPassthrough, sourceRenditionId } from './passthrough-plan.ts'
import {
  type EncodePlan,
  type PlannedEncode,
  type PlanRequest,
  planEncode,
  roomOf,
  sizeOf,
  usableShare,
} from './plan.ts'
import { fits, type PlanDestination, type Wish, wishOf } from './wish.ts'

/** What one destination gets. */
export interface DestinationPlan {
  readonly id: string
  /** Null: one of the viewers' renditions. */
  readonly feedId: string | null
  readonly renditionId: string
  /** What it gets otherwise than it was asked for. */
  readonly adjustments: readonly Adjustment[]
}

/** Everything that one session encodes, from one decode, and what of the machine all of it takes. */
export interface BroadcastPlan extends Load {
  readonly viewers: PlannedEncode
  /** For destinations alone: one rendition each. */
  readonly feeds: readonly EncodePlan[]
  readonly destinations: readonly DestinationPlan[]
}

export interface BroadcastRequest extends PlanRequest {
  readonly destinations: readonly PlanDestination[]
  /** What viewers get already, which stays as it is; left out, it is planned. */
  readonly viewers?: PlannedEncode
}

/**
 * Plans the viewers' ladder and the destinations' encodes together. Equal ones are made once. Where the machine does not
 * hold all, viewers lose their smaller renditions first; then the destinations' own encodes give way, the last asked for
 * first, to a rendition that is there.
 */
export function planBroadcast(request: BroadcastRequest): BroadcastPlan {
  const enough = { encodeUnits: Number.POSITIVE_INFINITY, cpuUnits: Number.POSITIVE_INFINITY }
  const ladder = request.viewers ?? planEncode({ ...request, ...enough })
  const wishes = new Map(request.destinations.map((each) => [each.id, wishOf(each, ladder.plan, request)]))
  const wanted = distinct([...wishes.values()].flatMap((wish) => (wish.kind === 'own' ? [wish.encode] : [])))
  const { viewers, kept, load } = fitBroadcast(request, ladder.plan, wanted)
  const passed = [...wishes.values()].some(({ kind }) => kind === 'source') ? planPassthrough(request) : undefined
  const sourceFeed =
    passed && 'plan' in passed && !viewers.plan.passthrough ? { ...passed.plan, feedId: sourceFeedId } : null
  const own = kept.map((encode) => feedOf(encode, viewers.plan, request.encoder))
  const feeds = [...own, ...(sourceFeed ? [sourceFeed] : [])]
  const feedIds = new Set(own.map(({ feedId }) => feedId))
  const destinations = request.destinations.map((destination): DestinationPlan => {
    const { id } = destination
    const wish = wishes.get(id) as Wish
    const { adjustments } = wish
    if (wish.kind === 'source')
      return { id, feedId: sourceFeed ? sourceFeedId : null, renditionId: sourceRenditionId, adjustments }
    if (wish.kind === 'own' && feedIds.has(feedIdOf(wish.encode)))
      return { id, feedId: feedIdOf(wish.encode), renditionId: renditionOf(wish.encode).id, adjustments }
    return { id, feedId: null, ...nearest(wish, destination, viewers.plan) }
  })
  return { viewers, feeds, destinations, ...load }
}

/** As many of the own encodes as the machine holds beside the viewers' best rendition, and what of the ladder then fits. */
function fitBroadcast(request: BroadcastRequest, ladder: EncodePlan, own: readonly FeedEncode[]) {
  for (let count = own.length; ; count--) {
    const kept = own.slice(0, count)
    const taken = feedLoad(kept, ladder, request)
    const viewers = request.viewers ?? planEncode({ ...request, ...without(taken, request) })
    const load = addLoads([viewers, taken])
    const hasBest = viewers.plan.renditions[0]?.id === ladder.renditions[0]?.id
    if (count === 0 || (hasBest && shareOf(load, roomOf(request)) <= 1)) return { viewers, kept, load }
  }
}

/** What is left when that is taken. */
function without(taken: Load, { encodeUnits, cpuUnits = Number.POSITIVE_INFINITY }: PlanRequest): Load {
  return {
    encodeUnits: encodeUnits - taken.encodeUnits / usableShare,
    cpuUnits: cpuUnits - taken.cpuUnits / usableShare,
  }
}

/** What the destinations' own encodes take, with the decoding that nobody else needs. */
function feedLoad(
  own: readonly FeedEncode[],
  { passthrough, fps, preset }: EncodePlan,
  request: BroadcastRequest,
): Load {
  if (own.length === 0) return noLoad
  const nothing: PictureSize = { width: 0, height: 0 }
  const by = { preset, encoder: request.encoder }
  const encodes = own.map((encode) => loadOf([renditionOf(encode)], nothing, framesPerSecond(encode.fps), by))
  return addLoads([
    ...encodes,
    ...(passthrough ? [loadOf([], sizeOf(request.source?.video), framesPerSecond(fps), by)] : []),
  ])
}

/** Each own encode is a feed by itself, so that one comes or goes and the others stay as they are. */
function feedOf(encode: FeedEncode, viewers: EncodePlan, encoder: VideoEncoder | undefined): EncodePlan {
  const { fps, audioBitrateKbps } = encode
  const { passthrough: _, ...settings } = viewers
  return {
    ...settings,
    ...(encoder && encoder !== 'software' && { encoder }),
    ...{ feedId: feedIdOf(encode), fps, audioBitrateKbps },
    gopFrames: gopFramesOf(encode),
    renditions: [renditionOf(encode)],
  }
}

/** The viewers' rendition that comes nearest to a wish that the machine does not hold. */
function nearest(wish: Exclude<Wish, { kind: 'source' }>, destination: PlanDestination, viewers: EncodePlan) {
  const { renditions } = viewers
  const same = wish.kind === 'rendition' ? renditions.find(({ id }) => id === wish.id) : undefined
  if (same) return { renditionId: same.id, adjustments: wish.adjustments }
  const asked = wish.kind === 'rendition' ? wish.id : renditionOf(wish.encode).id
  const side = wish.kind === 'rendition' ? Number.parseInt(asked, 10) : shortSide(wish.encode)
  const possible = renditions.filter((rendition) => fits(rendition, viewers, destination.limitsOf))
  const candidates = possible.length > 0 ? possible : renditions
  const given = candidates.find((rendition) => shortSide(rendition) <= side) ?? candidates.at(-1)
  const renditionId = given?.id ?? sourceRenditionId
  const reason = 'This machine has no capacity left for an encode of its own.'
  return {
    renditionId,
    adjustments: [...wish.adjustments, { field: 'quality' as const, asked, given: renditionId, reason }],
  }
}

function renditionOf({ width, height, videoBitrateKbps, framing, upscaler }: FeedEncode): Rendition {
  const id = `${Math.min(width, height)}p`
  return { id, width, height, videoBitrateKbps, ...(framing && { framing }), ...(upscaler && { upscaler }) }
}

const shortSide = ({ width, height }: PictureSize) => Math.min(width, height)
const gopFramesOf = ({ fps, gopSeconds }: FeedEncode) => Math.round(gopSeconds * framesPerSecond(fps))

/** All that it is made of: `1280x720-30fps-60-4000k-128k`, with `-crop` or `-blur`, and `-lanczos`. */
function feedIdOf(encode: FeedEncode): string {
  const { width, height, fps, videoBitrateKbps, audioBitrateKbps, framing, upscaler } = encode
  const rate = `${Number(framesPerSecond(fps).toFixed(2))}fps-${gopFramesOf(encode)}`
  return [
    `${width}x${height}`,
    rate,
    `${videoBitrateKbps}k`,
    `${audioBitrateKbps}k`,
    ...(framing ? [framing] : []),
    ...(upscaler ? [upscaler] : []),
  ].join('-')
}

const sourceFeedId = 'source'

function distinct(encodes: readonly FeedEncode[]): FeedEncode[] {
  return [...new Map(encodes.map((encode) => [feedIdOf(encode), encode])).values()]
}
