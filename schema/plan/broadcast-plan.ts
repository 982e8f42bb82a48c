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
  /** For destinations alone. What is in one feed has frame rate, keyframes and sound in common. */
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
  const own = distinct([...wishes.values()].flatMap((wish) => (wish.kind === 'own' ? [wish.encode] : [])))
  const { viewers, kept, encodeUnits } = fitBroadcast(request, ladder.plan, own)
  const passed = [...wishes.values()].some(({ kind }) => kind === 'source') ? planPassthrough(request) : undefined
  const sourceFeed =
    passed && 'plan' in passed && !viewers.plan.passthrough ? { ...passed.plan, feedId: sourceFeedId } : null
  const feeds = [...feedsOf(kept, viewers.plan), ...(sourceFeed ? [sourceFeed] : [])]
  const isKept = new Set(kept.map(keyOf))
  const destinations = request.destinations.map((destination): DestinationPlan => {
    const { id } = destination
    const wish = wishes.get(id) as Wish
    const { adjustments } = wish
    if (wish.kind === 'source')
      return { id, feedId: sourceFeed ? sourceFeedId : null, renditionId: sourceRenditionId, adjustments }
    if (wish.kind === 'own' && isKept.has(keyOf(wish.encode)))
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

/** Encodes that have rate, keyframes and sound in common are one feed: they share a timeline and a slate. */
function feedsOf(own: readonly FeedEncode[], viewers: EncodePlan): EncodePlan[] {
  return Array.from(Map.groupBy(own, feedIdOf), ([feedId, encodes]): EncodePlan => {
    const { fps, gopSeconds, audioBitrateKbps } = encodes[0] as FeedEncode
    const { passthrough: _, ...settings } = viewers
    return {
      ...settings,
      ...{ feedId, fps, audioBitrateKbps },
      gopFrames: Math.round(gopSeconds * framesPerSecond(fps)),
      renditions: encodes.map(renditionOf).toSorted((a, b) => b.width * b.height - a.width * a.height),
    }
  })
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
  const id = [`${width}x${height}`, `${videoBitrateKbps}k`, ...(framing ? [framing] : [])].join('-')
  return { id, width, height, videoBitrateKbps, ...(framing && { framing }) }
}

const shortSide = ({ width, height }: PictureSize) => Math.min(width, height)
/** Rate, keyframes and sound: `30fps-60-128k`. */
const feedIdOf = ({ fps, gopSeconds, audioBitrateKbps }: FeedEncode) =>
  `${Number(framesPerSecond(fps).toFixed(2))}fps-${Math.round(gopSeconds * framesPerSecond(fps))}-${audioBitrateKbps}k`
const keyOf = (encode: FeedEncode) => `${feedIdOf(encode)}/${renditionOf(encode).id}`
const sourceFeedId = 'source'

function distinct(encodes: readonly FeedEncode[]): FeedEncode[] {
  return [...new Map(encodes.map((encode) => [keyOf(encode), encode])).values()]
}
