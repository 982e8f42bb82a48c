import { lengthOf, type ParsedPlaylist, type ParsedSegment } from './playlist.ts'
import { type RuleId, type Violation, violation } from './rules.ts'

/** Printed decimals may be cut: this much, in seconds, is no difference. */
const epsilon = 0.0005

/** Rules that one playlist keeps or breaks by itself. `others`: absolute URLs of the other renditions. */
export function checkPlaylist(playlist: ParsedPlaylist, url: string, others: readonly string[] = []): Violation[] {
  const found: Violation[] = []
  const broken = (rule: RuleId, detail: string) => found.push(violation(rule, `${detail} in ${url}`))
  const target = playlist.targetDuration ?? 0
  const control = (name: string) => Number(playlist.serverControl[name] ?? Number.NaN)

  if (playlist.targetDuration === null) broken('segment-max', 'no EXT-X-TARGETDURATION')
  for (const { sequence, duration, uri } of playlist.segments)
    if (uri !== null && Math.round(duration) > target) broken('segment-max', `segment ${sequence} lasts ${duration} s`)
  if (control('HOLD-BACK') < 3 * target) broken('hold-back', `HOLD-BACK=${control('HOLD-BACK')}`)
  if (control('CAN-SKIP-UNTIL') < 6 * target) broken('skip-until', `CAN-SKIP-UNTIL=${control('CAN-SKIP-UNTIL')}`)
  if (playlist.segments.length > 0 && playlist.segments.every(({ programDateTime }) => programDateTime === null))
    broken('date-present', 'no EXT-X-PROGRAM-DATE-TIME')
  for (const type of new Set(playlist.hints.map(({ TYPE }) => TYPE)))
    if (playlist.hints.filter(({ TYPE }) => TYPE === type).length > 1) broken('one-hint', `several hints of ${type}`)
  if (playlist.partTarget === null) return found

  if (playlist.serverControl['CAN-BLOCK-RELOAD'] !== 'YES') broken('blocking-offered', 'no CAN-BLOCK-RELOAD')
  if (!(control('PART-HOLD-BACK') >= 3 * playlist.partTarget - 1e-9))
    broken('part-hold-back', `PART-HOLD-BACK=${control('PART-HOLD-BACK')}, PART-TARGET=${playlist.partTarget}`)
  for (const segment of playlist.segments) checkParts(segment, playlist.partTarget, broken)
  if (!playlist.ended) checkReports(playlist, url, others, broken)
  return found
}

function checkParts(segment: ParsedSegment, partTarget: number, broken: (rule: RuleId, detail: string) => void): void {
  for (const [index, part] of segment.parts.entries()) {
    const name = `part ${index} of segment ${segment.sequence} lasts ${part.duration} s`
    if (part.duration > partTarget + 1e-9) broken('part-max', name)
    const next = segment.parts[index + 1]
    const mayBeShort = part.independent || part.gap || next === undefined || next.gap
    if (part.duration < 0.85 * partTarget - epsilon && !mayBeShort) broken('part-min', name)
  }
  const sum = segment.parts.reduce((total, part) => total + part.duration, 0)
  if (segment.uri !== null && segment.parts.length > 0 && Math.abs(sum - segment.duration) > 0.01)
    broken('parts-sum', `segment ${segment.sequence}: parts ${sum} s, EXTINF ${segment.duration} s`)
}

function checkReports(
  playlist: ParsedPlaylist,
  url: string,
  others: readonly string[],
  broken: (rule: RuleId, detail: string) => void,
): void {
  const reported = new Map(playlist.reports.map((report) => [new URL(report.URI ?? '', url).pathname, report]))
  for (const report of playlist.reports)
    if (/^[a-z]+:|^\/\//i.test(report.URI ?? '')) broken('report-missing', `URI="${report.URI}" is not relative`)
  for (const other of others) {
    const report = reported.get(new URL(other).pathname)
    if (report === undefined) broken('report-missing', `nothing on ${other}`)
    else if (report['LAST-MSN'] === undefined || report['LAST-PART'] === undefined)
      broken('report-incomplete', `the report on ${other}`)
  }
}

/** Rules between two playlists of one rendition, the one served after the other. Delta updates are merged before. */
export function checkSuccession(before: ParsedPlaylist, after: ParsedPlaylist, url: string): Violation[] {
  const found: Violation[] = []
  const broken = (rule: RuleId, detail: string) => found.push(violation(rule, `${detail} in ${url}`))
  if (after.targetDuration !== before.targetDuration)
    broken('target-constant', `${before.targetDuration} became ${after.targetDuration}`)
  if (after.mediaSequence < before.mediaSequence)
    broken('media-sequence-falls', `${before.mediaSequence} became ${after.mediaSequence}`)
  if (after.discontinuitySequence < before.discontinuitySequence)
    broken('discontinuity-sequence-falls', `${before.discontinuitySequence} became ${after.discontinuitySequence}`)
  const known = new Map(before.segments.map((segment) => [segment.sequence, segment]))
  for (const segment of after.segments) {
    const old = known.get(segment.sequence)
    if (old !== undefined && !continues(old, segment))
      broken('segment-changed', `segment ${segment.sequence}: ${JSON.stringify(old)} became ${JSON.stringify(segment)}`)
  }
  const removed = after.mediaSequence > before.mediaSequence && !after.ended
  if (removed && lengthOf(after) < 3 * (after.targetDuration ?? 0))
    broken('list-too-short', `${lengthOf(after)} s are left`)
  return found
}

/** Whether `after` may follow `before`: complete ones are the same (parts may leave), open ones only grow. */
function continues(before: ParsedSegment, after: ParsedSegment): boolean {
  const sameParts = before.parts.every((part, index) => {
    const now = after.parts[index]
    return now === undefined ? after.parts.length === 0 : now.uri === part.uri && now.duration === part.duration
  })
  const sameWhole = before.uri === null || (before.uri === after.uri && before.duration === after.duration)
  const sameMap = before.mapUri === null || after.mapUri === null || before.mapUri === after.mapUri
  return sameParts && sameWhole && sameMap && before.discontinuitySequence === after.discontinuitySequence
}

/** Rules between renditions at about the same moment; `names` are their URLs. */
export function checkRenditions(playlists: ReadonlyMap<string, ParsedPlaylist>): Violation[] {
  const [[firstUrl, first] = [], ...rest] = [...playlists]
  if (first === undefined || firstUrl === undefined) return []
  return rest.flatMap(([url, other]) => {
    const pair = `${firstUrl} and ${url}`
    const sameControl = JSON.stringify(sorted(first.serverControl)) === JSON.stringify(sorted(other.serverControl))
    return [
      ...(first.targetDuration === other.targetDuration ? [] : [violation('target-equal', pair)]),
      ...(sameControl ? [] : [violation('control-equal', pair)]),
      ...(discontinuitiesAgree(first, other) ? [] : [violation('discontinuities-aligned', pair)]),
    ]
  })
}

const sorted = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))

/**
 * Segments that begin at the same time have equal discontinuity numbers. The same time: by their dates, within 150 ms and half
 * of their length, for at a splice they may be short, and the lists were not read in the same moment.
 */
function discontinuitiesAgree(first: ParsedPlaylist, other: ParsedPlaylist): boolean {
  return first.segments.every((segment) => {
    const { programDateTime: begin, discontinuitySequence } = segment
    if (begin === null) return true
    const beginsThere = (each: ParsedSegment) => {
      const apartMs = Math.abs((each.programDateTime ?? 0) - begin)
      return apartMs <= Math.min(150, 500 * Math.min(segment.duration, each.duration))
    }
    return other.segments.filter(beginsThere).every((each) => each.discontinuitySequence === discontinuitySequence)
  })
}

/** Rules of a delta update against a whole playlist that was served at about the same time. */
export function checkDelta(delta: ParsedPlaylist, whole: ParsedPlaylist, url: string): Violation[] {
  const canSkip = Number(delta.serverControl['CAN-SKIP-UNTIL'] ?? 0)
  const end = whole.segments.reduce((total, { duration }) => total + duration, 0)
  let time = 0
  const beyond = whole.segments.filter(({ duration, uri }) => {
    time += duration
    return uri !== null && time <= end - canSkip - (whole.targetDuration ?? 0)
  })
  if (delta.skippedSegments === 0)
    return beyond.length === 0
      ? []
      : [violation('delta-missing', `${beyond.length} segments could be skipped in ${url}`)]
  const kept = delta.segments.reduce((total, { duration }) => total + duration, 0)
  const known = new Map(whole.segments.map((segment) => [segment.sequence, segment.uri]))
  const fits = delta.segments.every(({ sequence, uri }) => uri === null || (known.get(sequence) ?? uri) === uri)
  const mapOf = new Map(whole.segments.map((segment) => [segment.sequence, segment.mapUri]))
  // A player that does not remember which map held before what was skipped finds it said again, where there are several.
  const mapsFit = delta.segments.every(({ sequence, mapUri }) => {
    const map = mapOf.get(sequence)
    return map === undefined || mapUri === map || (mapUri === null && whole.mapUris.length < 2)
  })
  const first = delta.segments[0]
  // On a slow machine all of the whole playlist may be older than what the delta keeps.
  const isLater = (first?.sequence ?? 0) > (whole.segments.at(-1)?.sequence ?? 0)
  const reaches =
    delta.mediaSequence + delta.skippedSegments === first?.sequence && (isLater || known.has(first.sequence))
  return kept >= canSkip - epsilon && fits && mapsFit && reaches
    ? []
    : [violation('delta-wrong', `${delta.skippedSegments} skipped, ${kept} s kept in ${url}`)]
}
