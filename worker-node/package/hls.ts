import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import type { AudioTrack, Track, VideoTrack } from '../media/sample.ts'
import { initName } from './configurations.ts'
import { isChanging, type PackageFigures, printedSeconds } from './figures.ts'
import type { Position, Segment } from './window.ts'

/** What a media playlist says of one moment. */
export interface MediaPlaylist {
  readonly track: Track
  readonly figures: PackageFigures
  /** Folder of this session's media, relative to the playlist. */
  readonly epoch: string
  /** Listed segments, oldest first; the last may be open. */
  readonly segments: readonly Segment[]
  /** Sequence number of the session's first segment, before which the programme is discontinuous. */
  readonly firstSequence: number
  /** Discontinuity sequence number of the session's segments, or of those before the first discontinuous one listed. */
  readonly discontinuitySequence: number
  /** Wall clock of presentation time 0, ms of Unix time. */
  readonly wallClockStartMs: number
  /** The part that comes next; null at the end, or where parts are not listed. */
  readonly hint: Position | null
  /** Where the playlists of the other tracks end. */
  readonly reports: readonly { readonly trackId: string; readonly edge: Position }[]
  /** Presentation time to begin with, seconds, where the usual place is none to begin at. */
  readonly startAt: number | null
  readonly ended: boolean
}

/**
 * The text of a media playlist (rfc8216bis §4.4). With `skip` it is a delta update (§6.2.5.1), unless
 * nothing is old enough to be skipped.
 */
export function mediaPlaylist(playlist: MediaPlaylist, skip = false): string {
  const { figures, segments } = playlist
  const skipped = skip && !playlist.ended ? skippable(playlist) : 0
  const startsSession = segments[0]?.sequence === playlist.firstSequence && playlist.discontinuitySequence > 0
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${figures.targetDuration}`,
    serverControl(figures),
    ...(figures.partTarget === null ? [] : [`#EXT-X-PART-INF:PART-TARGET=${printedSeconds(figures.partTarget)}`]),
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.sequence ?? playlist.firstSequence}`,
    // The first segment's own tag counts on top of this number (rfc8216bis §6.2.1).
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence - (startsSession ? 1 : 0)}`,
    ...(playlist.startAt === null || playlist.ended ? [] : [startLine(playlist, playlist.startAt)]),
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    ...(skipped === 0 || hasSeveralMaps(playlist) ? mapLines(playlist, segments[skipped]) : []),
    ...segments.flatMap((segment, index) =>
      index < skipped ? [] : segmentLines(playlist, segment, segments[index - 1]),
    ),
    ...(playlist.ended ? ['#EXT-X-ENDLIST'] : edgeLines(playlist)),
    '',
  ].join('\n')
}

/** Segments wholly farther from the end than the skip boundary. */
function skippable(playlist: MediaPlaylist): number {
  const { segments, figures, track } = playlist
  const boundary = endOfPlaylist(playlist) - figures.skipUntil * track.timescale
  return segments.filter((segment) => segment.complete && segment.start + segment.duration <= boundary).length
}

/** Then a delta update says which one holds after what it skips: not every player remembers that. */
const hasSeveralMaps = ({ segments }: MediaPlaylist): boolean =>
  segments.some(({ configuration }) => configuration !== segments[0]?.configuration)

const mapLines = ({ epoch, track }: MediaPlaylist, segment: Segment | undefined): string[] =>
  segment === undefined ? [] : [`#EXT-X-MAP:URI="${epoch}/${track.id}/${initName(segment.configuration)}"`]

const endOf = (segments: readonly Segment[]): number => {
  const last = segments.at(-1)
  return last === undefined ? 0 : last.start + last.duration
}

/** Without parts, what is open is not listed yet. */
const endOfPlaylist = ({ segments, figures }: MediaPlaylist): number =>
  endOf(figures.partTarget === null ? segments.filter(({ complete }) => complete) : segments)

/** A hundredth of a second inside what begins there, so that nobody's rounding puts it before. */
const startLine = (playlist: MediaPlaylist, seconds: number): string => {
  const { track } = playlist
  const end = endOfPlaylist(playlist)
  return `#EXT-X-START:TIME-OFFSET=${printedSeconds(Math.min(-0.01, seconds + 0.01 - end / track.timescale))}`
}

const serverControl = (figures: PackageFigures): string =>
  `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=${figures.skipUntil},HOLD-BACK=${figures.holdBack}${
    figures.partHoldBack === null ? '' : `,PART-HOLD-BACK=${figures.partHoldBack}`
  }`

function segmentLines(playlist: MediaPlaylist, segment: Segment, before: Segment | undefined): string[] {
  const { track, figures, epoch } = playlist
  const showsParts =
    figures.partTarget !== null &&
    segment.start + segment.duration > endOf(playlist.segments) - 3 * figures.targetDuration * track.timescale
  if (!segment.complete && !(showsParts && segment.parts.length > 0)) return []
  const wallClock = new Date(playlist.wallClockStartMs + (segment.start / track.timescale) * 1000)
  const name = `${epoch}/${track.id}/${segment.sequence}`
  const seconds = (ticks: number) => printedSeconds(ticks / track.timescale)
  const startsSession = segment.sequence === playlist.firstSequence && playlist.discontinuitySequence > 0
  const changesMap = before !== undefined && before.configuration !== segment.configuration
  return [
    ...(startsSession || segment.discontinuous ? ['#EXT-X-DISCONTINUITY'] : []),
    ...(changesMap || (segment.discontinuous && before !== undefined) ? mapLines(playlist, segment) : []),
    `#EXT-X-PROGRAM-DATE-TIME:${wallClock.toISOString()}`,
    ...(showsParts
      ? segment.parts.map(
          (part) =>
            `#EXT-X-PART:DURATION=${seconds(part.duration)},URI="${name}.${part.index}.m4s"${
              part.independent ? ',INDEPENDENT=YES' : ''
            }`,
        )
      : []),
    ...(segment.complete ? [`#EXTINF:${seconds(segment.duration)},`, `${name}.m4s`] : []),
  ]
}

const edgeLines = ({ figures, hint, epoch, track, reports }: MediaPlaylist): string[] =>
  figures.partTarget === null
    ? []
    : [
        ...(hint === null
          ? []
          : [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${epoch}/${track.id}/${hint.sequence}.${hint.part}.m4s"`]),
        ...reports.map(
          ({ trackId, edge }) =>
            `#EXT-X-RENDITION-REPORT:URI="${trackId}.m3u8",LAST-MSN=${edge.sequence},LAST-PART=${edge.part}`,
        ),
      ]

/** Whose it is (rfc8216bis §4.4.6.4). A quoted string knows no escapes: its quotation marks become single ones (§4.2). */
const sessionData = (copyright: CopyrightProfile): string[] =>
  (['owner', 'notice', 'url'] as const).flatMap((field) => {
    const value = copyright[field]
    if (value === null) return []
    return [`#EXT-X-SESSION-DATA:DATA-ID="dev.weir.copyright.${field}",VALUE="${value.replaceAll('"', "'")}"`]
  })

/** What the multivariant playlist says of one track. */
export interface Variant<Kind extends Track = Track> {
  readonly track: Kind
  /** Highest bit rate of a segment so far, bit/s. */
  readonly peakBitrate: number
}

/** The text of the multivariant playlist (rfc8216bis §4.4.6): one group of audio, every video rendition with it. */
export function multivariantPlaylist(
  video: readonly Variant<VideoTrack>[],
  audio: Variant<AudioTrack> | null,
  copyright?: CopyrightProfile,
): string {
  const group = audio === null ? '' : ',AUDIO="audio"'
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    ...(video.some(({ track }) => isChanging(track)) ? [] : ['#EXT-X-INDEPENDENT-SEGMENTS']),
    ...(copyright ? sessionData(copyright) : []),
    ...(audio === null
      ? []
      : [
          `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${audio.track.channels}",URI="${audio.track.id}.m3u8"`,
        ]),
    ...video.flatMap(({ track, peakBitrate }) => [
      `#EXT-X-STREAM-INF:BANDWIDTH=${peakBitrate + (audio?.peakBitrate ?? 0)},AVERAGE-BANDWIDTH=${
        track.bitrate + (audio?.track.bitrate ?? 0)
      },CODECS="${[track.codec, ...(audio === null ? [] : [audio.track.codec])].join(',')}",RESOLUTION=${track.width}x${
        track.height
      },FRAME-RATE=${(track.timescale / track.frameDuration).toFixed(3)}${group}`,
      `${track.id}.m3u8`,
    ]),
    ...(video.length === 0 && audio !== null
      ? [
          `#EXT-X-STREAM-INF:BANDWIDTH=${audio.peakBitrate},AVERAGE-BANDWIDTH=${audio.track.bitrate},CODECS="${audio.track.codec}",AUDIO="audio"`,
          `${audio.track.id}.m3u8`,
        ]
      : []),
    '',
  ].join('\n')
}
