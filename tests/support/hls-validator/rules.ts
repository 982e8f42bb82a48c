/** Every rule that the validator asserts, with its clause in rfc8216bis (or where else it comes from). */
export const rules = {
  'is-playlist': '§4.1: what is served is a playlist',
  'part-max': '§4.4.3.7: a part is at most PART-TARGET long',
  'part-min':
    '§4.4.3.7: a part is at least 85 % of PART-TARGET, unless independent, before a gap or last of its segment',
  'parts-sum': '§4.4.4.9: the parts of a segment are together as long as it',
  'part-hold-back': '§4.4.3.8: PART-HOLD-BACK is at least 3 × PART-TARGET',
  'hold-back': '§4.4.3.8: HOLD-BACK is at least 3 × the target duration',
  'skip-until': '§4.4.3.8: CAN-SKIP-UNTIL is at least 6 × the target duration',
  'blocking-offered': '§4.4.3.8: a low-latency playlist offers CAN-BLOCK-RELOAD',
  'segment-max': '§4.4.3.1: EXTINF, rounded, is at most the target duration',
  'target-constant': '§4.4.3.1, §6.2.1: the target duration never changes',
  'target-equal': '§6.2.4: the target duration is equal in all renditions',
  'control-equal': '§4.4.3.8: EXT-X-SERVER-CONTROL is equal in all playlists',
  'date-present': '§6.2.4 and Apple’s authoring rules: every playlist has PROGRAM-DATE-TIME',
  'media-sequence-falls': '§6.2.2: the media sequence never falls',
  'discontinuity-sequence-falls': '§6.2.2: the discontinuity sequence never falls',
  'segment-changed': '§6.2.1: a segment, once listed, does not change',
  'discontinuities-aligned': '§6.2.4: discontinuities are at the same place in all renditions',
  'map-without-discontinuity': '§4.4.4.3 and design.md: another map of video comes with a discontinuity',
  'discontinuity-not-keyframe': '§6.2.1 and design.md: video after a discontinuity begins with a keyframe',
  'map-wrong': '§4.4.4.5: a map has the parameter sets that the segments after it are encoded with',
  'start-not-keyframe': '§4.4.2.2: EXT-X-START, where given, is in a segment that begins with a keyframe',
  'list-too-short': '§6.2.2: after a removal the playlist holds at least 3 × the target duration',
  'part-late': '§6.2.2: a part comes at least each part target',
  'segment-late': '§6.2.1: a segment comes within 1.5 × the target duration',
  'one-hint': '§4.4.5.3: at most one preload hint of each type',
  'report-missing': '§4.4.5.4: there is a rendition report for every other rendition, with a relative URI',
  'report-incomplete': '§4.4.5.4: a rendition report has LAST-MSN and LAST-PART',
  'part-without-msn': '§6.2.5.2: _HLS_part without _HLS_msn is answered 400',
  'msn-too-far': '§6.2.5.2: an _HLS_msn more than two past the last segment is answered 400',
  'part-too-far': '§6.2.5.2: an _HLS_part beyond the advance part limit is answered 400',
  'blocked-too-long': '§6.2.5.2: what is blocked for 3 × the target duration is answered 503',
  'blocking-ignored': '§6.2.5.2: a blocking answer holds what was asked for',
  'past-end-part': '§6.2.5.2: a part past the end of a segment means part 0 of the next',
  'old-msn-blocked': '§6.2.5.2: an _HLS_msn in the past is answered at once',
  'delta-missing': '§6.2.5.1: _HLS_skip is answered with a delta update where there is something to skip',
  'delta-wrong': '§6.2.5.1: a delta update skips only what is beyond the skip boundary, and fits the whole playlist',
  'incomplete-part-sent': '§6.2.5.2: no byte of an incomplete part is sent',
  'unknown-not-404': '§6.2.5.2: what does not exist and is not hinted is answered 404, at once',
  'media-missing': '§6.2.1: what is listed can be fetched',
  retention: '§6.2.2: what has left the list can be fetched for 3 × the target duration more',
  'cache-plain': 'field practice: a live playlist without directives is cached for a second at most',
  'cache-blocking': 'field practice: a blocking answer is cacheable, for 6 × the target duration at most',
  'cache-media': 'field practice: media is cacheable for long',
} as const

export type RuleId = keyof typeof rules

/** One broken rule. */
export interface Violation {
  readonly rule: RuleId
  readonly clause: string
  /** What was seen, and in which playlist. */
  readonly detail: string
}

export const violation = (rule: RuleId, detail: string): Violation => ({ rule, clause: rules[rule], detail })
