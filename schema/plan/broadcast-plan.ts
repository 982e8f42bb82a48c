import { distinctFeeds, feedIdOf, feedOf, renditionOf, shortSide } from './feed.ts'
import { framesPerSecond } from './frame-rate.ts'
import { givenInstead } from './given-instead.ts'
import type { PictureSize, Rendition } from './ladder.ts'
import { addLoads, type Load, loadOf, noLoad, shareOf } from './load.ts'
import { renditionOverLimit, sourceOverLimit } from './over-limit.ts'
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
import { type EncodeWish, shareEncodes } from './shared-encodes.ts'
import { type PlanDestination, type Wish, wishOf } from './wish.ts'

/** What one destination gets. */
export interface DestinationPlan {
  readonly id: string
  /** Null: one of the viewers' renditions. */
  readonly feedId: string | null
  readonly renditionId: string
  /** What it gets otherwise than it was asked for. */
  readonly adjustments: readonly Adjustment[]
  /** Why nothing is sent there, in sentences: its platform takes none of what this machine can make. */
  readonly refusal?: string
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
 * hold all, viewers lose their smaller renditions first; then own encodes that need not differ become one; then they give
 * way, the last asked for first, to a rendition that is there.
 */
export function planBroadcast(request: BroadcastRequest): BroadcastPlan {
  const enough = { encodeUnits: Number.POSITIVE_INFINITY, cpuUnits: Number.POSITIVE_INFINITY }
  const ladder = request.viewers ?? planEncode({ ...request, ...enough })
  const wishes = request.destinations.map((each) => wishOf(each, ladder.plan, request))
  const { viewers, kept, encodeFor, load } = fitBroadcast(request, ladder.plan, wishes.filter(isOwn))
  const passed = wishes.some(({ kind }) => kind === 'source') ? planPassthrough(request) : undefined
  const sourceFeed =
    passed && 'plan' in passed && !viewers.plan.passthrough ? { ...passed.plan, feedId: sourceFeedId } : null
  const own = kept.map((encode) => feedOf(encode, viewers.plan, request.encoder))
  const feeds = [...own, ...(sourceFeed ? [sourceFeed] : [])]
  const feedIds = new Set(own.map(({ feedId }) => feedId))
  const destinations = request.destinations.map((destination, index): DestinationPlan => {
    const { id } = destination
    const wish = wishes[index] as Wish
    const { adjustments } = wish
    if (wish.kind === 'source')
      return { id, feedId: sourceFeed ? sourceFeedId : null, renditionId: sourceRenditionId, adjustments }
    const encode = wish.kind === 'own' ? encodeFor.get(wish) : undefined
    if (encode && feedIds.has(feedIdOf(encode)))
      return { id, feedId: feedIdOf(encode), renditionId: renditionOf(encode).id, adjustments }
    return { id, feedId: null, ...nearest(wish, destination, viewers.plan, request) }
  })
  return { viewers, feeds, destinations, ...load }
}

const isOwn = (wish: Wish): wish is Wish & { kind: 'own' } => wish.kind === 'own'

/** As many of the own encodes as the machine holds beside the viewers' best rendition, and what of the ladder then fits. */
function fitBroadcast(request: BroadcastRequest, ladder: EncodePlan, wishes: readonly EncodeWish[]) {
  const planWith = (encodes: readonly FeedEncode[]) => fitEncodes(request, ladder, encodes)
  let given = wishes.map(({ encode }) => encode)
  let made = planWith(distinctFeeds(given))
  for (const lowestFirst of [false, true]) {
    if (made.fits) break
    given = shareEncodes(wishes, lowestFirst)
    made = planWith(distinctFeeds(given))
  }
  while (!made.fits) made = planWith(made.kept.slice(0, -1))
  return { ...made, encodeFor: new Map(wishes.map((wish, index) => [wish, given[index] as FeedEncode])) }
}

/** What viewers get beside these encodes, what all takes, and whether that is right for both. */
function fitEncodes(request: BroadcastRequest, ladder: EncodePlan, kept: readonly FeedEncode[]) {
  const taken = feedLoad(kept, ladder, request)
  const viewers = request.viewers ?? planEncode({ ...request, ...without(taken, request) })
  const load = addLoads([viewers, taken])
  const hasBest = viewers.plan.renditions[0]?.id === ladder.renditions[0]?.id
  return { viewers, kept, load, fits: kept.length === 0 || (hasBest && shareOf(load, roomOf(request)) <= 1) }
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

/** The viewers' rendition that comes nearest to a wish that the machine does not hold. */
function nearest(
  wish: Exclude<Wish, { kind: 'source' }>,
  { limitsOf, profile }: PlanDestination,
  viewers: EncodePlan,
  { source }: PlanRequest,
): Pick<DestinationPlan, 'renditionId' | 'adjustments' | 'refusal'> {
  const { renditions } = viewers
  const same = wish.kind === 'rendition' ? renditions.find(({ id }) => id === wish.id) : undefined
  if (same) return { renditionId: same.id, adjustments: wish.adjustments }
  const side = wish.kind === 'rendition' ? Number.parseInt(wish.id, 10) : shortSide(wish.encode)
  const overLimit = (rendition: Rendition) =>
    viewers.passthrough?.copiesVideo && source
      ? sourceOverLimit(source, rendition, limitsOf)
      : renditionOverLimit(rendition, viewers, limitsOf)
  const possible = renditions.filter((rendition) => overLimit(rendition) === null)
  const candidates = possible.length > 0 ? possible : renditions
  const given = candidates.find((rendition) => shortSide(rendition) <= side) ?? candidates.at(-1)
  const renditionId = given?.id ?? sourceRenditionId
  const why = possible.length === 0 && given ? overLimit(given) : null
  if (why !== null) return { renditionId, adjustments: wish.adjustments, refusal: `${why} ${noRoom}` }
  return { renditionId, adjustments: given ? givenInstead(wish, profile, given, viewers) : wish.adjustments }
}

const noRoom = 'This machine has no capacity left for an encode that it would take, so nothing is sent there.'
/** What can be done where a destination is refused. */
export const refusalFix = 'Make fewer or smaller encodes, or use a machine that can do more.'
const sourceFeedId = 'source'
