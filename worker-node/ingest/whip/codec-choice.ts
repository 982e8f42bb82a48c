import { SdpRefused } from './sdp-error.ts'
import type { OfferedCodec, OfferedMedia, SdpOffer } from './sdp-offer.ts'

/** The one codec of a section that is taken. */
export interface ChosenMedia {
  readonly media: OfferedMedia
  readonly codec: OfferedCodec
}

/** What of an offer is taken: one picture, one sound, or both. */
export interface MediaChoice {
  readonly video: ChosenMedia | null
  readonly audio: ChosenMedia | null
}

/** profile_idc of Baseline, Main, Extended and High: 4:2:0 with 8 bits, which everything decodes. */
const h264Profiles = new Set(['42', '4d', '58', '64'])

/**
 * Takes the first picture and the first sound that can be taken: H.264 in packetization mode 1 before VP8, and Opus.
 * Throws {@link SdpRefused} where nothing is left, or a part would be lost without a word.
 */
export function chooseMedia(offer: SdpOffer): MediaChoice {
  const video = choose(offer, 'video', [isH264, isVp8])
  const audio = choose(offer, 'audio', [isOpus])
  if (offersUnknown(offer, 'video', video))
    throw new SdpRefused(422, 'The picture is offered in no codec that Weir takes. Choose H.264 or VP8.')
  if (offersUnknown(offer, 'audio', audio))
    throw new SdpRefused(422, 'The sound is offered in no codec that Weir takes. Choose Opus.')
  const taken = [video, audio].filter((each) => each !== null)
  if (taken.length === 0) throw new SdpRefused(422, 'The offer sends neither picture nor sound.')
  if (!taken.every(({ media }) => media.rtcpMux))
    throw new SdpRefused(422, 'Sound, picture and their reports must share one connection (a=rtcp-mux).')
  if (taken.length > 1 && !taken.every(({ media }) => offer.bundle.includes(media.mid)))
    throw new SdpRefused(422, 'Sound and picture must share one connection (a=group:BUNDLE).')
  if (video && audio && video.codec.payloadType === audio.codec.payloadType)
    throw new SdpRefused(422, 'Sound and picture have the same payload type; give them different ones.')
  return { video, audio }
}

function choose(
  offer: SdpOffer,
  kind: string,
  wanted: readonly ((codec: OfferedCodec) => boolean)[],
): ChosenMedia | null {
  for (const media of offer.media) {
    if (media.kind !== kind || !media.sends) continue
    for (const fits of wanted) {
      const codec = media.codecs.find(fits)
      if (codec) return { media, codec }
    }
  }
  return null
}

const offersUnknown = (offer: SdpOffer, kind: string, chosen: ChosenMedia | null): boolean =>
  chosen === null && offer.media.some((media) => media.kind === kind && media.sends)

const isH264 = ({ name, clockRate, parameters }: OfferedCodec): boolean =>
  name === 'H264' &&
  clockRate === 90_000 &&
  parameters.get('packetization-mode') === '1' &&
  h264Profiles.has((parameters.get('profile-level-id') ?? '42').slice(0, 2).toLowerCase())

const isVp8 = ({ name, clockRate }: OfferedCodec): boolean => name === 'VP8' && clockRate === 90_000

const isOpus = ({ name, clockRate }: OfferedCodec): boolean => name === 'OPUS' && clockRate === 48_000
