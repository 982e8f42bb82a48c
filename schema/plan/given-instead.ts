import { shortSide } from './feed.ts'
import { framesPerSecond } from './frame-rate.ts'
import type { Rendition } from './ladder.ts'
import { type Adjustment, namedHeight } from './own-encode.ts'
import type { EncodePlan } from './plan.ts'
import { shapeOf } from './platform-limits.ts'
import type { PlanDestination, Wish } from './wish.ts'

type Field = Adjustment['field']
type Figures = { readonly [Name in Field]?: number | string | undefined }

/** What of a machine is missing, a sentence. */
const noCapacity = 'This machine has no capacity left for an encode of its own.'

/**
 * All that a destination gets otherwise than it was asked for, where it gets a rendition of the viewers' in the place of
 * what was planned for it.
 */
export function givenInstead(
  wish: Exclude<Wish, { kind: 'source' }>,
  profile: PlanDestination['profile'],
  rendition: Rendition,
  plan: EncodePlan,
): Adjustment[] {
  const given = figuresOf(rendition, plan)
  const known = new Map(wish.adjustments.map((each) => [each.field, each]))
  const asked: Figures = {
    ...askedOf(wish, profile, known),
    ...Object.fromEntries([...known].map(([field, each]) => [field, each.asked])),
  }
  return fields.flatMap((field) => {
    const [wanted, gets, before] = [asked[field], given[field], known.get(field)]
    if (wanted === undefined || gets === undefined || isSame(wanted, gets)) return []
    if (before && isSame(before.given, gets)) return [before]
    const reason = before ? `${before.reason} ${noCapacity}` : noCapacity
    return [{ field, asked: wanted, given: gets, reason }]
  })
}

const fields = [
  'quality',
  'orientation',
  'height',
  'fps',
  'video_bitrate_kbps',
  'audio_bitrate_kbps',
  'keyframe_interval_s',
] as const

/** What was asked for, and of what was left out what would be missed. Its size is told once. */
function askedOf(
  wish: Exclude<Wish, { kind: 'source' }>,
  profile: PlanDestination['profile'],
  known: ReadonlyMap<Field, Adjustment>,
): Figures {
  const encode = wish.kind === 'own' ? wish.encode : null
  const planned: Figures = encode ? { orientation: shapeOf(encode), fps: rounded(framesPerSecond(encode.fps)) } : {}
  if (typeof profile !== 'string') {
    const { framing: _, ...named } = profile
    return { ...planned, ...named }
  }
  if (known.has('quality') || known.has('height')) return planned
  const height = namedHeight(profile) ?? (encode && shortSide(encode))
  return { ...planned, quality: wish.kind === 'rendition' ? wish.id : `${height}p` }
}

/** Of a source that goes out as it came, rates and keyframes are its own affair. */
function figuresOf(rendition: Rendition, { fps, gopFrames, audioBitrateKbps, passthrough }: EncodePlan): Figures {
  const rate = framesPerSecond(fps)
  return {
    ...{ quality: rendition.id, orientation: shapeOf(rendition), height: shortSide(rendition), fps: rounded(rate) },
    ...(!passthrough?.copiesVideo && {
      ...{ video_bitrate_kbps: rendition.videoBitrateKbps, audio_bitrate_kbps: audioBitrateKbps },
      keyframe_interval_s: rounded(gopFrames / rate),
    }),
  }
}

/** Rates such as 29.97 are as good as 30. */
const isSame = (one: number | string, other: number | string): boolean =>
  typeof one === 'number' && typeof other === 'number' ? Math.abs(one / other - 1) < 0.01 : one === other

const rounded = (value: number) => Math.round(value * 100) / 100
