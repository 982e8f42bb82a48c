import type { ChosenMedia, MediaChoice } from './codec-choice.ts'
import type { OfferedMedia, SdpOffer } from './sdp-offer.ts'

/** Our side of a connection. */
export interface LocalTransport {
  readonly iceUfrag: string
  readonly icePassword: string
  /** SHA-256 of our certificate, `AB:CD:…`. */
  readonly fingerprint: string
  readonly setup: 'active' | 'passive'
  /** Where we can be reached over UDP, best first; at least one. */
  readonly candidates: readonly { readonly address: string; readonly port: number }[]
}

/** What we ask for in return: repairs, keyframes, and a bit rate. Never transport-cc, under which Chromium starves. */
const feedback = ['nack', 'nack pli', 'ccm fir', 'goog-remb']
/** Stereo for the sound of a shared screen; repair of lost frames inside the codec (RFC 7587 §6.1). */
const opusParameters = 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000'

/** Writes the answer to an offer (RFC 9429 §5.3, RFC 9725 §4.3): receive only, one codec each, ICE lite. */
export function writeAnswer(offer: SdpOffer, choice: MediaChoice, local: LocalTransport, sessionId: string): string {
  const taken = [choice.video, choice.audio].filter((each) => each !== null)
  const chosenFor = (media: OfferedMedia) => taken.find((chosen) => chosen.media === media)
  const mids = offer.bundle.filter((mid) => taken.some(({ media }) => media.mid === mid))
  const lines = [
    'v=0',
    `o=- ${sessionId} 1 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(mids.length > 0 ? [`a=group:BUNDLE ${mids.join(' ')}`] : []),
    'a=ice-lite',
    'a=msid-semantic: WMS *',
    ...offer.media.flatMap((media) => {
      const chosen = chosenFor(media)
      return chosen ? acceptedSection(chosen, local) : rejectedSection(media)
    }),
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** The answer to a publisher that restarts ICE (RFC 9725 §4.3.3, RFC 8840 §9). */
export function writeIceFragment(
  { ufrag, password }: { readonly ufrag: string; readonly password: string },
  candidates: LocalTransport['candidates'],
): string {
  const ours = ['a=ice-lite', `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`]
  return `${[...ours, ...candidateLines(candidates), 'a=end-of-candidates'].join('\r\n')}\r\n`
}

function rejectedSection({ kind, protocol, formats, mid }: OfferedMedia): string[] {
  return [`m=${kind} 0 ${protocol} ${formats}`, 'c=IN IP4 0.0.0.0', `a=mid:${mid}`, 'a=inactive']
}

function acceptedSection({ media, codec }: ChosenMedia, local: LocalTransport): string[] {
  const type = codec.payloadType
  const [first] = local.candidates
  const isOpus = codec.name === 'OPUS'
  const rate = isOpus ? 'opus/48000/2' : `${codec.name}/${codec.clockRate}`
  return [
    `m=${media.kind} ${first?.port ?? 9} ${media.protocol} ${type}`,
    `c=IN ${first ? `${family(first.address)} ${first.address}` : 'IP4 0.0.0.0'}`,
    `a=mid:${media.mid}`,
    'a=recvonly',
    'a=rtcp-mux',
    ...(media.reducedSizeRtcp ? ['a=rtcp-rsize'] : []),
    `a=rtpmap:${type} ${rate}`,
    ...(isOpus ? [`a=fmtp:${type} ${opusParameters}`] : formatParameters(codec)),
    ...feedback.filter((each) => codec.feedback.has(each)).map((each) => `a=rtcp-fb:${type} ${each}`),
    `a=ice-ufrag:${local.iceUfrag}`,
    `a=ice-pwd:${local.icePassword}`,
    `a=fingerprint:sha-256 ${local.fingerprint}`,
    `a=setup:${local.setup}`,
    ...candidateLines(local.candidates),
    'a=end-of-candidates',
  ]
}

/** Host candidates (RFC 8839 §5.1); priorities fall in the given order (RFC 8445 §5.1.2.1). */
function candidateLines(candidates: LocalTransport['candidates']): string[] {
  return candidates.map(({ address, port }, index) => {
    const priority = 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255
    return `a=candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ host`
  })
}

function formatParameters({ payloadType, parameters }: ChosenMedia['codec']): string[] {
  const kept = ['level-asymmetry-allowed', 'packetization-mode', 'profile-level-id'].flatMap((name) => {
    const value = parameters.get(name)
    return value === undefined ? [] : [`${name}=${value}`]
  })
  return kept.length > 0 ? [`a=fmtp:${payloadType} ${kept.join(';')}`] : []
}

const family = (address: string): string => (address.includes(':') ? 'IP6' : 'IP4')
