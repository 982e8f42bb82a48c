import { get } from './hls-validator/http.ts'
import { readInit, readMedia } from './segment-content.ts'

/** Every rule that the validator asserts of a live, low-latency DASH origin, with where it comes from. */
export const dashRules = {
  'is-manifest': 'ISO/IEC 23009-1 §5.3.1: a dynamic MPD is served',
  'update-period': 'field-notes §4: minimumUpdatePeriod is at most 2 s, so that a restart is seen',
  'utc-timing': '§5.8.4.11: UTCTiming names a clock that can be asked and is right within a second',
  'service-description': 'Annex K: a target latency is given',
  'publish-time': '§5.3.1.2: publishTime never falls',
  'timeline-gap': '§5.3.9.6: the timeline has no gap and no overlap',
  'number-moved': '§5.3.9.6: a segment number keeps its time',
  'duration-changed': '§5.3.9.6: a segment that is not the last keeps its duration',
  'availability-offset':
    '§5.3.9.5: chunked segments come with availabilityTimeOffset and availabilityTimeComplete="false"',
  'media-missing': '§5.3.9.5.3: what the timeline lists can be fetched',
  'track-renamed': 'dash.js: codecs and channels, by which it knows a track again, never change',
  'segment-not-keyframe':
    '§4.5.2 and design.md: a segment of video begins with a keyframe, so that one can join with any',
  'sets-not-inband': 'ISO/IEC 14496-15 §5.4.2: a keyframe of avc3 has its parameter sets with it',
  'configuration-elsewhere': '§6.3.5.2: what the init segment does not describe describes itself',
  'open-not-chunked': 'DASH-IF low latency: the open segment arrives in pieces while it is made',
} as const

export type DashRule = keyof typeof dashRules

export interface DashViolation {
  readonly rule: DashRule
  readonly detail: string
}

/** One adaptation set's template and timeline. */
export interface Timeline {
  readonly attributes: Readonly<Record<string, string>>
  readonly timescale: number
  readonly startNumber: number
  readonly entries: readonly { readonly t: number; readonly d: number }[]
  readonly representations: readonly string[]
  /** What players know its tracks by. */
  readonly identity: string
}

/** Reads a live manifest again and again for `seconds`, fetches what it lists, and reports the rules it breaks. */
export async function validateDash(url: string, seconds: number) {
  const found: DashViolation[] = []
  const seen = { manifests: 0, segments: 0, openSegments: 0 }
  const broken = (rule: DashRule, detail: string) => {
    if (!found.some((each) => each.rule === rule && each.detail === detail)) found.push({ rule, detail })
  }
  const fetched = new Set<string>()
  const pending: Promise<void>[] = []
  const deadline = performance.now() + seconds * 1000
  let before: { text: string; timelines: Timeline[] } | null = null
  while (performance.now() < deadline) {
    const { status, body } = await get(url)
    const text = body.toString()
    if (status !== 200 || !/<MPD[^>]*type="dynamic"/.test(text)) {
      broken('is-manifest', `status ${status}`)
      break
    }
    seen.manifests += 1
    const timelines = parseTimelines(text)
    if (before === null) await checkHead(text, url, broken)
    for (const [index, timeline] of timelines.entries()) {
      checkTimeline(timeline, broken)
      const old = before?.timelines[index]
      if (old !== undefined) checkSuccession(old, timeline, broken)
      for (const [place, media] of mediaOf(timeline, url)) {
        if (fetched.has(media)) continue
        fetched.add(media)
        const isOpen = place === timeline.entries.length - 1 && 'availabilityTimeOffset' in timeline.attributes
        seen[isOpen ? 'openSegments' : 'segments'] += 1
        pending.push(checkMedia(media, initOf(timeline, media, url), isOpen, before !== null, broken))
      }
    }
    if (before !== null && time(before.text, 'publishTime') > time(text, 'publishTime'))
      broken('publish-time', 'it fell')
    before = { text, timelines }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await Promise.all(pending)
  return { violations: found, seen }
}

export type Broken = (rule: DashRule, detail: string) => void

const time = (text: string, name: string): number => Date.parse(new RegExp(`${name}="([^"]+)"`).exec(text)?.[1] ?? '')

async function checkHead(text: string, url: string, broken: Broken): Promise<void> {
  const period = Number(/minimumUpdatePeriod="PT([\d.]+)S"/.exec(text)?.[1] ?? Number.POSITIVE_INFINITY)
  if (period > 2) broken('update-period', `${period} s`)
  if (!/<Latency[^>]*target="\d+"/.test(text)) broken('service-description', 'no Latency')
  const clock = /<UTCTiming[^>]*value="([^"]+)"/.exec(text)?.[1]
  const { body } = clock === undefined ? { body: '' } : await get(new URL(clock, url).href)
  if (!(Math.abs(Date.parse(body.toString()) - Date.now()) < 1_000)) broken('utc-timing', `${clock} says ${body}`)
}

export function parseTimelines(text: string): Timeline[] {
  return [...text.matchAll(/<AdaptationSet.*?<\/AdaptationSet>/gs)].map(([set]) => {
    const attributes = parseAttributes(/<SegmentTemplate([^>]*)>/.exec(set)?.[1] ?? '')
    return {
      attributes,
      timescale: Number(attributes.timescale ?? 1),
      startNumber: Number(attributes.startNumber ?? 1),
      entries: [...set.matchAll(/<S([^>]*)\/>/g)].map(([, written = '']) => {
        const { t, d } = parseAttributes(written)
        return { t: Number(t), d: Number(d) }
      }),
      identity: [...set.matchAll(/codecs="[^"]*"|<AudioChannelConfiguration[^>]*>/g)].join(),
      representations: [...set.matchAll(/<Representation[^>]* ?id="([^"]+)"/g)].map(([, id = '']) => id),
    }
  })
}

const parseAttributes = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))

/** What is wrong with a timeline by itself. */
export function checkTimeline({ attributes, entries }: Timeline, broken: Broken): void {
  for (const [index, { t, d }] of entries.entries()) {
    const next = entries[index + 1]
    if (next !== undefined && next.t !== t + d) broken('timeline-gap', `after t=${t}`)
  }
  if ('availabilityTimeOffset' in attributes !== (attributes.availabilityTimeComplete === 'false'))
    broken('availability-offset', JSON.stringify(attributes))
}

/** What is wrong with a timeline that comes after another. */
export function checkSuccession(before: Timeline, after: Timeline, broken: Broken): void {
  if (before.identity !== after.identity) broken('track-renamed', `${before.identity} became ${after.identity}`)
  if (isTimed(after)) {
    for (const { t, d } of before.entries.slice(0, -1)) {
      const now = after.entries.find((entry) => entry.t === t)
      if (now !== undefined && now.d !== d) broken('duration-changed', `of the segment at ${t}`)
    }
    return
  }
  for (const [index, { t, d }] of before.entries.entries()) {
    const number = before.startNumber + index
    const now = after.entries[number - after.startNumber]
    if (now === undefined) continue
    if (now.t !== t) broken('number-moved', `${number} was at ${t}, is at ${now.t}`)
    if (now.d !== d && index < before.entries.length - 1) broken('duration-changed', `of ${number}`)
  }
}

/** Whether segments are named by their time, not their number. */
const isTimed = ({ attributes }: Timeline): boolean => attributes.media?.includes('$Time$') ?? false

/** Place in the timeline and URL of every segment of every representation. */
function mediaOf({ attributes, startNumber, entries, representations }: Timeline, url: string): [number, string][] {
  return representations.flatMap((id) =>
    entries.map(({ t }, place): [number, string] => {
      const name = (attributes.media ?? '').replace('$RepresentationID$', id).replace('$Time$', String(t))
      return [place, new URL(name.replace('$Number$', String(startNumber + place)), url).href]
    }),
  )
}

/** URL of the init segment for that media, or null if it needs none. */
function initOf({ attributes, representations }: Timeline, media: string, url: string): string | null {
  const id = representations.find((each) => media.includes(`/${each}/`)) ?? representations[0] ?? ''
  const name = attributes.initialization?.replace('$RepresentationID$', id)
  return name === undefined ? null : new URL(name, url).href
}

async function checkContent(name: string, body: Buffer, initUrl: string, broken: Broken): Promise<void> {
  const init = readInit((await get(initUrl)).body)
  const own = readInit(body)
  const media = init && readMedia(body, own ?? init)
  if (!init || !media) return
  if (init.kind === 'video' && !media.startsWithKeyframe) broken('segment-not-keyframe', name)
  const inband = init.codec.startsWith('avc3')
  if (inband && media.startsWithKeyframe && media.parameterSets.length < 2) broken('sets-not-inband', name)
  const isOther = media.parameterSets.some((set) => !(own ?? init).parameterSets.includes(set))
  if (!inband && isOther) broken('configuration-elsewhere', name)
}

async function checkMedia(
  media: string,
  initUrl: string | null,
  isOpen: boolean,
  isNew: boolean,
  broken: Broken,
): Promise<void> {
  const { status, body, firstByteAt, endedAt } = await get(media)
  if (status !== 200 || body.length === 0) broken('media-missing', `${status} for ${media}`)
  else if (initUrl !== null) await checkContent(media, body, initUrl, broken)
  // One found open at the first look may be about to end.
  if (body.length > 0 && isOpen && isNew && endedAt - firstByteAt < 100)
    broken('open-not-chunked', `${media} came at once`)
}

if (import.meta.main) {
  const [url, seconds = '60'] = process.argv.slice(2)
  if (url === undefined) throw new Error('Usage: node tests/support/dash-validator.ts <url of a manifest> [seconds]')
  const { violations, seen } = await validateDash(url, Number(seconds))
  console.log(`Looked at ${seen.manifests} manifests, ${seen.segments} segments, ${seen.openSegments} open segments.`)
  for (const { rule, detail } of violations) console.log(`✗ ${rule} (${dashRules[rule]}): ${detail}`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
