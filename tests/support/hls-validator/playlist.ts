/** A media playlist as it was served, parsed by the letter of rfc8216bis §4. Knows nothing of our own printer. */
export interface ParsedPlaylist {
  readonly targetDuration: number | null
  readonly partTarget: number | null
  /** Attributes of EXT-X-SERVER-CONTROL. */
  readonly serverControl: Attributes
  /** Number of the first segment, skipped ones included. */
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly skippedSegments: number
  /** Segments after the skipped ones; the last may have parts only (`uri` null: still open). */
  readonly segments: readonly ParsedSegment[]
  readonly hints: readonly Attributes[]
  readonly reports: readonly Attributes[]
  /** Every EXT-X-MAP in it. */
  readonly mapUris: readonly string[]
  /** TIME-OFFSET of EXT-X-START, seconds. */
  readonly startOffset: number | null
  readonly ended: boolean
}

export interface ParsedSegment {
  readonly sequence: number
  readonly discontinuitySequence: number
  /** Seconds; of an open segment, the sum of its parts. */
  readonly duration: number
  readonly uri: string | null
  /** Milliseconds of Unix time, if it has a date of its own. */
  readonly programDateTime: number | null
  readonly parts: readonly ParsedPart[]
  /** The EXT-X-MAP that holds for it; null if that is among what was skipped. */
  readonly mapUri: string | null
}

export interface ParsedPart {
  readonly uri: string
  readonly duration: number
  readonly independent: boolean
  readonly gap: boolean
}

export type Attributes = Readonly<Record<string, string>>

/** Parses a media playlist; throws if it is not one. */
export function parseMediaPlaylist(text: string): ParsedPlaylist {
  const lines = linesOf(text)
  const tag = (name: string) => lines.find((line) => line.startsWith(`#${name}:`))?.slice(name.length + 2)
  const tags = (name: string) =>
    lines.filter((line) => line.startsWith(`#${name}:`)).map((line) => parseAttributes(line.slice(name.length + 2)))
  const number = (value: string | undefined) => (value === undefined ? null : Number(value))
  const mediaSequence = Number(tag('EXT-X-MEDIA-SEQUENCE') ?? 0)
  const discontinuitySequence = Number(tag('EXT-X-DISCONTINUITY-SEQUENCE') ?? 0)
  const skippedSegments = Number(tags('EXT-X-SKIP')[0]?.['SKIPPED-SEGMENTS'] ?? 0)
  return {
    targetDuration: number(tag('EXT-X-TARGETDURATION')),
    partTarget: number(tags('EXT-X-PART-INF')[0]?.['PART-TARGET']),
    serverControl: tags('EXT-X-SERVER-CONTROL')[0] ?? {},
    mediaSequence,
    discontinuitySequence,
    skippedSegments,
    segments: parseSegments(lines, mediaSequence + skippedSegments, discontinuitySequence),
    hints: tags('EXT-X-PRELOAD-HINT'),
    reports: tags('EXT-X-RENDITION-REPORT'),
    mapUris: [...new Set(tags('EXT-X-MAP').map(({ URI = '' }) => URI))],
    startOffset: number(tags('EXT-X-START')[0]?.['TIME-OFFSET']),
    ended: lines.includes('#EXT-X-ENDLIST'),
  }
}

function parseSegments(lines: readonly string[], firstSequence: number, firstDiscontinuity: number): ParsedSegment[] {
  const segments: ParsedSegment[] = []
  let discontinuitySequence = firstDiscontinuity
  let programDateTime: number | null = null
  let duration: number | null = null
  let parts: ParsedPart[] = []
  let mapUri: string | null = null
  const finish = (uri: string | null) => {
    const sum = parts.reduce((total, part) => total + part.duration, 0)
    const sequence = firstSequence + segments.length
    segments.push({ sequence, discontinuitySequence, duration: duration ?? sum, uri, programDateTime, parts, mapUri })
    programDateTime = null
    duration = null
    parts = []
  }
  for (const line of lines) {
    const value = line.slice(line.indexOf(':') + 1)
    if (!line.startsWith('#')) finish(line)
    else if (line === '#EXT-X-DISCONTINUITY') discontinuitySequence += 1
    else if (line.startsWith('#EXT-X-MAP:')) mapUri = parseAttributes(value).URI ?? null
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) programDateTime = Date.parse(value)
    else if (line.startsWith('#EXTINF:')) duration = Number.parseFloat(value)
    else if (line.startsWith('#EXT-X-PART:')) {
      const { URI = '', DURATION, INDEPENDENT, GAP } = parseAttributes(value)
      parts.push({ uri: URI, duration: Number(DURATION), independent: INDEPENDENT === 'YES', gap: GAP === 'YES' })
    }
  }
  if (parts.length > 0) finish(null)
  return segments
}

/** One rendition that a multivariant playlist names. */
export interface ParsedRendition {
  readonly uri: string
  readonly attributes: Attributes
}

/** Variants and audio renditions of a multivariant playlist; null if the text is a media playlist. */
export function parseMultivariant(text: string): { variants: ParsedRendition[]; audio: ParsedRendition[] } | null {
  const lines = text.split(/\r?\n/)
  const streams = lines.flatMap((line, index) =>
    line.startsWith('#EXT-X-STREAM-INF:')
      ? [{ uri: lines[index + 1] ?? '', attributes: parseAttributes(line.slice('#EXT-X-STREAM-INF:'.length)) }]
      : [],
  )
  const audio = lines
    .filter((line) => line.startsWith('#EXT-X-MEDIA:'))
    .map((line) => parseAttributes(line.slice('#EXT-X-MEDIA:'.length)))
    .filter((attributes) => attributes.TYPE === 'AUDIO')
    .flatMap((attributes) => (attributes.URI === undefined ? [] : [{ uri: attributes.URI, attributes }]))
  return streams.length === 0 ? null : { variants: streams, audio }
}

/** An attribute list (rfc8216bis §4.2), quotes taken off. */
export function parseAttributes(list: string): Attributes {
  const attributes: Record<string, string> = {}
  for (const [, name = '', quoted, plain = ''] of list.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^",]*))/g))
    attributes[name] = quoted ?? plain
  return attributes
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  if (lines[0] !== '#EXTM3U') throw new Error('A playlist begins with #EXTM3U.')
  return lines
}

/** The newest part, or the newest whole segment (`part` −1) where there are no parts. */
export function edgeOf({ segments }: ParsedPlaylist): { sequence: number; part: number } {
  const last = segments.at(-1)
  return { sequence: last?.sequence ?? -1, part: (last?.parts.length ?? 0) - 1 }
}

/** Whether the playlist holds that part, or something later; a part past the end means the next segment's first. */
export function holdsPosition(playlist: ParsedPlaylist, sequence: number, part: number | null): boolean {
  const last = playlist.segments.at(-1)
  if (last === undefined) return false
  if (part === null) return last.sequence > sequence || (last.sequence === sequence && last.uri !== null)
  return last.sequence > sequence || (last.sequence === sequence && part < last.parts.length)
}

/** Seconds of media in the playlist, the skipped segments left out. */
export const lengthOf = ({ segments }: ParsedPlaylist): number =>
  segments.reduce((total, segment) => total + segment.duration, 0)
