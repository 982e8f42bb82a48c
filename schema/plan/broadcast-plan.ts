import { framesPerSecond } from './frame-rate.ts'
import { encodeCost, type PictureSize, type Rendition } from './ladder.ts'
import type { Adjustment, FeedEncode } from './own-encode.ts'
import { planPassthrough, sourceRenditionId } from './passthrough-plan.ts'
import { type EncodePlan, type PlannedEncode, type PlanRequest, planEncode, sizeOf, usableShare } from './plan.ts'
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

/** Everything that one session encodes, from one decode. */
export interface BroadcastPlan {
  readonly viewers: PlannedEncode
  /** For destinations alone: one rendition each. */
  readonly feeds: readonly EncodePlan[]
  readonly destinations: readonly DestinationPlan[]
  /** What all of it takes of the machine, in "1080p30 x264 veryfast encodes". */
  readonly encodeUnits: number
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
  const ladder = request.viewers ?? planEncode({ ...request, encodeUnits: Number.POSITIVE_INFINITY })
  const wishes = new Map(request.destinations.map((each) => [each.id, wishOf(each, ladder.plan, request)]))
  const wanted = distinct([...wishes.values()].flatMap((wish) => (wish.kind === 'own' ? [wish.encode] : [])))
  const { viewers, kept, encodeUnits } = fitBroadcast(request, ladder.plan, wanted)
  const passed = [...wishes.values()].some(({ kind }) => kind === 'source') ? planPassthrough(request) : undefined
  const sourceFeed =
    passed && 'plan' in passed && !viewers.plan.passthrough ? { ...passed.plan, feedId: sourceFeedId } : null
  const own = kept.map((encode) => feedOf(encode, viewers.plan))
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
  return { viewers, feeds, destinations, encodeUnits }
}

/** As many of the own encodes as the machine holds beside the viewers' best rendition, and what of the ladder then fits. */
function fitBroadcast(request: BroadcastRequest, ladder: EncodePlan, own: readonly FeedEncode[]) {
  const allowed = request.encodeUnits * usableShare
  for (let count = own.length; ; count--) {
    const kept = own.slice(0, count)
    const taken = feedUnits(kept, ladder, request)
    const viewers =
      request.viewers ?? planEncode({ ...request, encodeUnits: request.encodeUnits - taken / usableShare })
    const encodeUnits = viewers.encodeUnits + taken
    const hasBest = viewers.plan.renditions[0]?.id === ladder.renditions[0]?.id
    if (count === 0 || (hasBest && encodeUnits <= allowed)) return { viewers, kept, encodeUnits }
  }
}

/** What the destinations' own encodes take, with the decoding that nobody else needs. */
function feedUnits(own: readonly FeedEncode[], ladder: EncodePlan, request: BroadcastRequest): number {
  if (own.length === 0) return 0
  const nothing: PictureSize = { width: 0, height: 0 }
  const encodes = own.map((encode) =>
    encodeCost([renditionOf(encode)], nothing, framesPerSecond(encode.fps), ladder.preset),
  )
  const decoding = ladder.passthrough
    ? encodeCost([], sizeOf(request.source?.video), framesPerSecond(ladder.fps), ladder.preset)
    : 0
  return encodes.reduce((sum, units) => sum + units, decoding)
}

/** Each own encode is a feed by itself, so that one comes or goes and the others stay as they are. */
function feedOf(encode: FeedEncode, viewers: EncodePlan): EncodePlan {
  const { fps, audioBitrateKbps } = encode
  const { passthrough: _, ...settings } = viewers
  return {
    ...settings,
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

function renditionOf({ width, height, videoBitrateKbps, framing }: FeedEncode): Rendition {
  return { id: `${Math.min(width, height)}p`, width, height, videoBitrateKbps, ...(framing && { framing }) }
}

const shortSide = ({ width, height }: PictureSize) => Math.min(width, height)
const gopFramesOf = ({ fps, gopSeconds }: FeedEncode) => Math.round(gopSeconds * framesPerSecond(fps))

/** All that it is made of: `1280x720-30fps-60-4000k-128k`, with `-crop` or `-blur`. */
function feedIdOf(encode: FeedEncode): string {
  const { width, height, fps, videoBitrateKbps, audioBitrateKbps, framing } = encode
  const rate = `${Number(framesPerSecond(fps).toFixed(2))}fps-${gopFramesOf(encode)}`
  return [
    `${width}x${height}`,
    rate,
    `${videoBitrateKbps}k`,
    `${audioBitrateKbps}k`,
    ...(framing ? [framing] : []),
  ].join('-')
}

const sourceFeedId = 'source'

function distinct(encodes: readonly FeedEncode[]): FeedEncode[] {
  return [...new Map(encodes.map((encode) => [feedIdOf(encode), encode])).values()]
}
