import { SdpRefused } from './sdp-error.ts'

/** A payload type of an offer with all that is said of it. */
export interface OfferedCodec {
  readonly payloadType: number
  /** Upper case: `H264`, `VP8`, `OPUS`. */
  readonly name: string
  readonly clockRate: number
  readonly channels: number
  /** Format parameters by lower-case name (a=fmtp). */
  readonly parameters: ReadonlyMap<string, string>
  /** `nack`, `nack pli`, `goog-remb`, … (a=rtcp-fb). */
  readonly feedback: ReadonlySet<string>
}

/** One m= section of an offer. */
export interface OfferedMedia {
  /** `audio`, `video`, `application`, … as it stands there. */
  readonly kind: string
  /** Transport protocol, e.g. `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string
  /** What stands behind the protocol, for an answer that rejects the section. */
  readonly formats: string
  readonly mid: string
  /** False for port 0 without `bundle-only`, and for sections that don't send. */
  readonly sends: boolean
  readonly rtcpMux: boolean
  readonly reducedSizeRtcp: boolean
  readonly codecs: readonly OfferedCodec[]
}

/** What a publisher offers (RFC 8866, RFC 9429), as far as a receiver needs it. */
export interface SdpOffer {
  readonly media: readonly OfferedMedia[]
  /** The mids of the first BUNDLE group. */
  readonly bundle: readonly string[]
  readonly iceUfrag: string
  readonly icePassword: string
  /** `sha-256` → `AB:CD:…`, upper case. */
  readonly fingerprints: ReadonlyMap<string, string>
  readonly setup: 'actpass' | 'active' | 'passive'
  /** The name in the s= line or the tool, if one is given. */
  readonly tool: string | null
}

/** Bounds: lines, sections, and payload types of one section. */
const maxLines = 2_000
const maxMedia = 16
const maxCodecs = 200
const token = /^[!#$%&'*+\-.^_`{|}~0-9A-Za-z]{1,64}$/

/** Reads an offer. Throws {@link SdpRefused} with words for the publisher. */
export function readOffer(text: string): SdpOffer {
  const lines = text.split(/\r\n|\n/).filter((line) => line !== '')
  if (lines[0] !== 'v=0' || lines.length > maxLines || lines.some((line) => !/^[a-z]=/.test(line)))
    throw new SdpRefused(400, 'The body is not an SDP offer. Send the offer of a WebRTC peer connection.')
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
  if (starts.length === 0) throw new SdpRefused(422, 'The offer holds neither picture nor sound.')
  if (starts.length > maxMedia) throw new SdpRefused(422, `The offer has more than ${maxMedia} media sections.`)
  const session = lines.slice(0, starts[0])
  const sections = starts.map((start, index) => lines.slice(start, starts[index + 1]))
  const bundle = attribute(session, 'group:BUNDLE')?.split(' ').filter(Boolean) ?? []
  const media = sections.map(readMedia)
  const anchor =
    sections[
      Math.max(
        0,
        media.findIndex(({ mid }) => mid === bundle[0]),
      )
    ] ?? []
  return { media, bundle, ...readTransport([...anchor, ...session]), tool: readTool(session) }
}

function readTransport(lines: readonly string[]): Omit<SdpOffer, 'media' | 'bundle' | 'tool'> {
  const iceUfrag = attribute(lines, 'ice-ufrag:') ?? ''
  const icePassword = attribute(lines, 'ice-pwd:') ?? ''
  // RFC 8839 §5.4.
  if (!/^[\w+/-]{4,256}$/.test(iceUfrag) || !/^[\w+/-]{22,256}$/.test(icePassword))
    throw new SdpRefused(422, 'The offer lacks ICE credentials (a=ice-ufrag, a=ice-pwd). Publish with a WebRTC client.')
  const fingerprints = new Map(
    attributes(lines, 'fingerprint:').flatMap((value) => {
      const [, algorithm, digest] = /^(sha-(?:256|384|512)) ((?:[0-9A-F]{2}:){31,63}[0-9A-F]{2})$/i.exec(value) ?? []
      return algorithm && digest ? [[algorithm.toLowerCase(), digest.toUpperCase()] as const] : []
    }),
  )
  if (fingerprints.size === 0)
    throw new SdpRefused(422, 'The offer lacks a certificate fingerprint of SHA-256 or better (a=fingerprint).')
  const setup = attribute(lines, 'setup:') ?? 'actpass'
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive')
    throw new SdpRefused(422, 'The offer’s a=setup must be actpass, active or passive.')
  return { iceUfrag, icePassword, fingerprints, setup }
}

function readMedia(lines: readonly string[], index: number): OfferedMedia {
  const [, kind, port, protocol, formats] =
    /^m=(\S{1,64}) (\d{1,5})(?:\/\d+)? (\S{1,64}) (.{1,2000})$/.exec(lines[0] ?? '') ?? []
  if (kind === undefined || port === undefined || protocol === undefined || formats === undefined)
    throw new SdpRefused(400, 'A media section (m=) of the offer can’t be read.')
  const mid = attribute(lines, 'mid:') ?? String(index)
  if (!token.test(mid)) throw new SdpRefused(400, 'An a=mid of the offer can’t be read.')
  const rejected = port === '0' && attribute(lines, 'bundle-only') === undefined
  return {
    kind,
    protocol,
    formats,
    mid,
    sends: !rejected && attribute(lines, 'recvonly') === undefined && attribute(lines, 'inactive') === undefined,
    rtcpMux: attribute(lines, 'rtcp-mux') !== undefined,
    reducedSizeRtcp: attribute(lines, 'rtcp-rsize') !== undefined,
    codecs: /\/RTP\//.test(protocol) ? readCodecs(lines, formats) : [],
  }
}

function readCodecs(lines: readonly string[], formats: string): OfferedCodec[] {
  const parameters = byPayloadType(attributes(lines, 'fmtp:'))
  const feedback = byPayloadType(attributes(lines, 'rtcp-fb:'))
  const names = byPayloadType(attributes(lines, 'rtpmap:'))
  return formats
    .split(' ', maxCodecs)
    .filter((format) => /^\d{1,3}$/.test(format) && Number(format) <= 127)
    .flatMap((format) => {
      const [, name, clockRate, channels] =
        /^([\w.+-]{1,40})\/(\d{1,6})(?:\/(\d{1,2}))?$/.exec(names.get(format)?.[0] ?? '') ?? []
      if (name === undefined || clockRate === undefined) return []
      return [
        {
          payloadType: Number(format),
          name: name.toUpperCase(),
          clockRate: Number(clockRate),
          channels: Number(channels ?? 1),
          parameters: new Map((parameters.get(format)?.[0] ?? '').split(';').flatMap(readParameter)),
          feedback: new Set([...(feedback.get(format) ?? []), ...(feedback.get('*') ?? [])]),
        },
      ]
    })
}

function readParameter(text: string): [string, string][] {
  const [, name, value] = /^\s*([\w-]{1,64})(?:=(\S{0,512}))?\s*$/.exec(text) ?? []
  return name === undefined ? [] : [[name.toLowerCase(), value ?? '']]
}

/** `96 rest`, `96 other` → 96: [rest, other]. */
function byPayloadType(values: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const value of values) {
    const space = value.indexOf(' ')
    if (space < 1) continue
    const type = value.slice(0, space)
    const rest = value.slice(space + 1).trim()
    const present = found.get(type)
    if (present) present.push(rest)
    else found.set(type, [rest])
  }
  return found
}

/** The value of the first `a=<name>` line; the name ends in a colon where a value follows. */
function attribute(lines: readonly string[], name: string): string | undefined {
  return attributes(lines, name)[0]
}

function attributes(lines: readonly string[], name: string): string[] {
  const start = `a=${name}`
  const flag = !name.endsWith(':') && name !== 'group:BUNDLE'
  return lines.flatMap((line) =>
    (flag ? line.trimEnd() === start : line.startsWith(start)) ? [line.slice(start.length).trim()] : [],
  )
}

/** A short name without control characters: browsers write `-`, encoders their own name. */
function readTool(session: readonly string[]): string | null {
  const name = attribute(session, 'tool:') ?? session.find((line) => line.startsWith('s='))?.slice(2) ?? ''
  const clean = name
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 120)
  return clean === '' || clean === '-' ? null : clean
}
