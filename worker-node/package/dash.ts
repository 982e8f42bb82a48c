import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import { copyrightLine } from '#schema/copyright.ts'
import type { Track } from '../media/sample.ts'
import { initName } from './configurations.ts'
import type { PackageFigures } from './figures.ts'
import type { TrackPackager } from './track-packager.ts'
import type { Segment, SegmentWindow } from './window.ts'

/** What a manifest says of one moment. */
export interface Manifest {
  readonly title: string
  readonly copyright?: CopyrightProfile
  /** Folder of this session's media, relative to the manifest. */
  readonly epoch: string
  readonly figures: PackageFigures
  /** Wall clock of presentation time 0, ms of Unix time. */
  readonly wallClockStartMs: number
  readonly nowMs: number
  readonly ended: boolean
  readonly tracks: readonly TrackPackager[]
}

/**
 * A DASH manifest (ISO/IEC 23009-1 §5.3) over the segments that HLS lists. While it runs, the open segment is in the
 * timeline at its nominal duration and can be fetched, chunk by chunk, `availabilityTimeOffset` before its end
 * (DASH-IF "Low-latency Modes for DASH"). At the end it is static.
 *
 * With somebody else's encode in it, nothing needs an init segment that was there before: video is `avc3`, its parameter
 * sets in its samples, and every segment of sound bears its own init segment in front (§6.3.5.2, self-initializing).
 */
export function dashManifest(manifest: Manifest): string {
  const { figures, ended } = manifest
  const sets = [
    { kind: 'video', tracks: manifest.tracks.filter(({ track }) => track.kind === 'video') },
    { kind: 'audio', tracks: manifest.tracks.filter(({ track }) => track.kind === 'audio') },
  ].filter(({ tracks }) => tracks.length > 0)
  const presentation = {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
    type: ended ? 'static' : 'dynamic',
    availabilityStartTime: isoTime(manifest.wallClockStartMs),
    publishTime: isoTime(manifest.nowMs),
    ...(ended
      ? { mediaPresentationDuration: isoDuration(endSeconds(manifest)) }
      : {
          minimumUpdatePeriod: isoDuration(Math.min(2, figures.targetDuration / 4)),
          timeShiftBufferDepth: isoDuration(figures.windowSegments * figures.targetDuration),
          suggestedPresentationDelay: isoDuration(figures.targetLatency),
        }),
    minBufferTime: isoDuration(figures.chunkSeconds),
    maxSegmentDuration: isoDuration(figures.targetDuration + 0.5),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element('MPD', presentation, [
      programInformation(manifest),
      ...(ended ? [] : [serviceDescription(figures)]),
      element(
        'Period',
        { id: manifest.epoch, start: 'PT0S' },
        sets.map(({ kind, tracks }, index) => adaptationSet(manifest, index, kind, tracks)),
      ),
      element('UTCTiming', { schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014', value: 'time' }),
    ]),
    '',
  ].join('\n')
}

/** What it is and whose (ISO/IEC 23009-1 §5.7). */
function programInformation({ title, copyright }: Manifest): string {
  const words = copyright ? copyrightLine(copyright) : null
  return element('ProgramInformation', copyright?.url ? { moreInformationURL: copyright.url } : {}, [
    element('Title', {}, [escapeXml(title)]),
    ...(words === null ? [] : [element('Copyright', {}, [escapeXml(words)])]),
  ])
}

/** ISO/IEC 23009-1 Annex K; times in milliseconds. */
const serviceDescription = (figures: PackageFigures): string =>
  element('ServiceDescription', { id: 0 }, [
    element('Latency', {
      target: Math.round(figures.targetLatency * 1000),
      min: Math.round(figures.targetLatency * 500),
      // No later than what is listed.
      max: Math.round(Math.min(4 * figures.targetLatency, figures.windowSegments * figures.targetDuration) * 1000),
    }),
    element('PlaybackRate', { min: 0.95, max: 1.05 }),
  ])

function adaptationSet(manifest: Manifest, id: number, kind: string, tracks: Manifest['tracks']): string {
  return element(
    'AdaptationSet',
    {
      id,
      contentType: kind,
      mimeType: `${kind}/mp4`,
      segmentAlignment: 'true',
      // Keyframes of somebody else's encode come when they come.
      ...(tracks.some(({ changing }) => changing) ? {} : { startWithSAP: 1 }),
    },
    [
      element('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value: 'main' }),
      segmentTemplate(manifest, tracks),
      ...tracks.map(({ track, configurations }) => representation(track, configurations.first)),
    ],
  )
}

/** What dash.js knows a track by stays as it was `first`: another codec or number of channels, and it stops playing it. */
const representation = (track: Track, first: Track): string =>
  track.kind === 'video'
    ? element('Representation', {
        id: track.id,
        bandwidth: track.bitrate,
        codecs: track.changing ? first.codec.replace(/^avc1/, 'avc3') : first.codec,
        width: track.width,
        height: track.height,
        frameRate: `${track.timescale}/${track.frameDuration}`,
        sar: '1:1',
      })
    : element(
        'Representation',
        { id: track.id, bandwidth: track.bitrate, codecs: first.codec, audioSamplingRate: track.sampleRate },
        [
          element('AudioChannelConfiguration', {
            schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
            value: first.kind === 'audio' ? first.channels : track.channels,
          }),
        ],
      )

/** The timeline of an adaptation set: all its tracks are cut alike, so the first speaks for all, of what all have. */
function segmentTemplate({ figures, epoch, ended, ...manifest }: Manifest, tracks: Manifest['tracks']): string {
  const { track, window, changing, configuration } = tracks[0]!
  const isSelfInitializing = track.kind === 'audio' && manifest.tracks.some((each) => each.changing)
  // A segment that reaches to the next keyframe may last too long to be waited for.
  const chunked = figures.partTarget !== null || changing
  const has = ({ window }: Manifest['tracks'][number], sequence: number) => {
    const segment = window.find(sequence)
    return segment !== undefined && (segment.complete || (chunked && segment.parts.length > 0))
  }
  const listed = window.listed.filter(({ sequence }) => tracks.every((each) => has(each, sequence)))
  return element(
    'SegmentTemplate',
    {
      timescale: track.timescale,
      initialization: `${epoch}/$RepresentationID$/${initName(configuration, changing ? 'avc3' : 'init')}`,
      ...(changing
        ? { media: `${epoch}/$RepresentationID$/t$Time$.m4s` }
        : {
            media: `${epoch}/$RepresentationID$/$Number$.${isSelfInitializing ? 'mp4' : 'm4s'}`,
            startNumber: listed[0]?.sequence ?? window.firstSequence,
          }),
      ...(chunked && !ended
        ? {
            availabilityTimeOffset: seconds(figures.targetDuration - figures.chunkSeconds),
            availabilityTimeComplete: 'false',
          }
        : {}),
    },
    [
      element(
        'SegmentTimeline',
        {},
        (changing ? grouped(listed, window) : listed.map((segment) => ({ start: segment.start, last: segment }))).map(
          ({ start, last }) => element('S', { t: start, d: last.start - start + durationOf(last, figures, track) }),
        ),
      ),
    ],
  )
}

/** Segments that begin with a keyframe, with those after them that do not: players of DASH begin with any segment. */
function grouped(listed: readonly Segment[], window: SegmentWindow): { start: number; last: Segment }[] {
  const lasts = new Map(listed.map((segment) => [segment.groupStart, segment]))
  return [...lasts].filter(([start]) => window.group(start).length > 0).map(([start, last]) => ({ start, last }))
}

const durationOf = (segment: Segment, figures: PackageFigures, track: Track): number =>
  segment.complete ? segment.duration : Math.max(segment.duration, figures.targetDuration * track.timescale)

const endSeconds = ({ tracks }: Manifest): number =>
  Math.max(
    0,
    ...tracks.map(({ track, window }) => {
      const last = window.lastComplete
      return last === undefined ? 0 : (last.start + last.duration) / track.timescale
    }),
  )

const isoTime = (ms: number): string => new Date(ms).toISOString()
const isoDuration = (value: number): string => `PT${seconds(value)}S`
const seconds = (value: number): string => String(Math.round(value * 1000) / 1000)

function element(name: string, attributes: Record<string, string | number>, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
  const open = `<${name}${written.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

/** A title is written by people: nothing of it may become markup, and control characters are not XML. */
const escapeXml = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
