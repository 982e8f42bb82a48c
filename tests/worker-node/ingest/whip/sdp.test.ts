import { describe, expect, it } from 'vitest'
import { chooseMedia } from '#worker/ingest/whip/codec-choice.ts'
import { writeAnswer } from '#worker/ingest/whip/sdp-answer.ts'
import { SdpRefused } from '#worker/ingest/whip/sdp-error.ts'
import { readOffer } from '#worker/ingest/whip/sdp-offer.ts'
import { offerOf, usualOffer } from '../../../support/sdp.ts'

const { video, audio } = usualOffer
const local = {
  iceUfrag: 'ours',
  icePassword: 'our-password',
  fingerprint: '01:02',
  setup: 'passive',
  candidates: [
    { address: '203.0.113.7', port: 8900 },
    { address: '2001:db8::7', port: 8900 },
  ],
} as const
const answerTo = (sdp: string) => {
  const offer = readOffer(sdp)
  return writeAnswer(offer, chooseMedia(offer), local, '7')
}
const sectionsOf = (sdp: string) => sdp.split(/(?=m=)/)

describe('the answer to an offer', () => {
  it('takes H.264 in packetization mode 1 and Opus, and receives only', () => {
    const [session = '', sound = '', picture = ''] = sectionsOf(answerTo(offerOf()))
    expect(session).toContain('a=group:BUNDLE 0 1\r\n')
    expect(session).toContain('a=ice-lite\r\n')
    expect(sound).toContain('m=audio 8900 UDP/TLS/RTP/SAVPF 111\r\n')
    expect(sound).toContain('a=rtpmap:111 opus/48000/2\r\n')
    expect(picture).toContain('m=video 8900 UDP/TLS/RTP/SAVPF 102\r\n')
    expect(picture).toContain('a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n')
    for (const section of [sound, picture]) {
      expect(section).toContain('a=recvonly\r\na=rtcp-mux\r\n')
      expect(section).toContain('a=setup:passive\r\n')
      expect(section).toContain('a=candidate:1 1 udp 2130706431 203.0.113.7 8900 typ host\r\n')
      expect(section).toContain('a=candidate:2 1 udp 2130706175 2001:db8::7 8900 typ host\r\n')
    }
  })

  it('asks for repairs, keyframes and a bit rate, and never for transport-cc', () => {
    const answer = answerTo(offerOf())
    for (const feedback of ['nack', 'nack pli', 'ccm fir', 'goog-remb'])
      expect(answer).toContain(`a=rtcp-fb:102 ${feedback}\r\n`)
    expect(answer).not.toContain('transport-cc')
    expect(answer).not.toContain('extmap')
  })

  it('takes VP8 where there is no H.264 that it can take', () => {
    const without = video.replaceAll('packetization-mode=1', 'packetization-mode=0')
    expect(answerTo(offerOf({ video: without }))).toContain('a=rtpmap:96 VP8/90000\r\n')
  })

  it.each(['42001f', '42e01f', '4d0032', '640c1f'])('takes profile-level-id %s', (profile) => {
    expect(answerTo(offerOf({ video: video.replaceAll('42e01f', profile) }))).toContain('a=rtpmap:102 H264')
  })

  it.each(['f4001f', '7a001f', '6e001f'])('leaves %s alone, whose colours few decoders read', (profile) => {
    expect(answerTo(offerOf({ video: video.replaceAll('42e01f', profile) }))).toContain('VP8')
  })

  it('takes sound alone and a picture alone', () => {
    const session = usualOffer.session.replace('BUNDLE 0 1', 'BUNDLE 0')
    expect(sectionsOf(answerTo(offerOf({ video: '', session })))).toHaveLength(2)
    const alone = answerTo(offerOf({ audio: '', session: session.replace('BUNDLE 0', 'BUNDLE 1') }))
    expect(alone).toContain('a=group:BUNDLE 1\r\n')
  })

  it('rejects the sections that it does not take, in their places', () => {
    const data = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:2\na=sctp-port:5000'
    const second = video.replace('a=mid:1', 'a=mid:3')
    const sections = sectionsOf(answerTo(offerOf({ video: `${video}\n${data}\n${second}` })))
    expect(sections).toHaveLength(5)
    expect(sections[3]).toMatch(/^m=application 0 UDP\/DTLS\/SCTP webrtc-datachannel\r\n/)
    expect(sections[4]).toMatch(/^m=video 0 /)
    expect(sections[0]).toContain('a=group:BUNDLE 0 1\r\n')
  })

  it('takes ICE and DTLS from the session, where encoders write them once', () => {
    const common = /a=ice-ufrag[\s\S]*?a=setup:actpass/.exec(audio)?.[0] ?? ''
    const offer = readOffer(
      offerOf({
        session: `${usualOffer.session}\n${common}`,
        audio: audio.replace(common, ''),
        video: video.replace(common, ''),
      }),
    )
    expect(offer).toMatchObject({ iceUfrag: 'Xk3f', setup: 'actpass' })
  })
})

describe('an offer', () => {
  it.each([
    ['garbage', 'garbage', 400, /not an SDP offer/],
    ['nothing', '', 400, /not an SDP offer/],
    ['JSON', '{"type":"offer"}', 400, /not an SDP offer/],
    ['no media at all', offerOf({ video: '', audio: '' }), 422, /neither picture nor sound/],
    ['media that it does not send', offerOf().replaceAll('sendonly', 'recvonly'), 422, /neither picture nor sound/],
    ['pictures as AV1 only', offerOf({ video: video.replace(' 96 97 102 103 104', ' 104') }), 422, /H\.264 or VP8/],
    ['sound as PCMU only', offerOf({ audio: audio.replace(' 111 0', ' 0') }), 422, /Opus/],
    ['no ICE credentials', offerOf().replaceAll('ice-pwd', 'ice-nothing'), 422, /ICE/],
    ['a SHA-1 fingerprint', offerOf().replaceAll('sha-256', 'sha-1'), 422, /fingerprint/],
    ['two connections', offerOf({ session: usualOffer.session.replace('a=group:BUNDLE 0 1', 'a=x') }), 422, /BUNDLE/],
    ['reports on another port', offerOf().replaceAll('a=rtcp-mux\r\n', ''), 422, /rtcp-mux/],
    ['one payload type for both', offerOf({ audio: audio.replaceAll('111', '102') }), 422, /payload type/],
    ['hundreds of sections', offerOf({ video: Array(20).fill(video).join('\n') }), 422, /more than 16/],
  ])('of %s is refused in words', (_what, sdp, status, words) => {
    expect(() => answerTo(sdp)).toThrow(words)
    try {
      answerTo(sdp)
    } catch (error) {
      expect(error).toBeInstanceOf(SdpRefused)
      expect((error as SdpRefused).status).toBe(status)
    }
  })
})
