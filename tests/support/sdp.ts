/** What an offer may say otherwise than usual. */
export interface OfferChanges {
  readonly video?: string
  readonly audio?: string
  readonly session?: string
}

const transport = [
  'a=ice-ufrag:Xk3f',
  'a=ice-pwd:wq4m2t7Zk1b8Vn5x0cJyLr',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=setup:actpass',
].join('\n')

const usual = {
  session: 'v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1',
  audio: `m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
${transport}
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtcp-fb:111 transport-cc
a=rtpmap:0 PCMU/8000`,
  video: `m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104
c=IN IP4 0.0.0.0
${transport}
a=mid:1
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=sendonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 goog-remb
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 goog-remb
a=rtcp-fb:102 transport-cc
a=rtcp-fb:102 ccm fir
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:103 H264/90000
a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:104 AV1/90000`,
}

/** An offer as browsers make it, with parts of it changed. */
export const offerOf = (changes: OfferChanges = {}): string =>
  [...Object.values({ ...usual, ...changes })].filter(Boolean).join('\n').replaceAll('\n', '\r\n').concat('\r\n')

/** The usual parts, to change a line of. */
export const usualOffer = usual
