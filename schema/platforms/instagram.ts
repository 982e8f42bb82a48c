import type { Platform } from '../contracts/platform.ts'
import { limit, page, unstated, wanted } from './figures.ts'

const liveProducer = page('https://about.instagram.com/blog/tips-and-tricks/instagram-live-producer', '2026-09-11')
/** The maker of a streaming service; Instagram itself says nothing of it. */
const streamkite = page(
  'https://streamkite.live/guides/how-to-live-stream-a-pre-recorded-video-on-instagram.html',
  '2026-11-22',
  'third_party',
)

export const instagram: Platform = {
  id: 'instagram',
  name: 'Instagram',
  protocols: ['rtmps'],
  servers: [],
  url_required: true,
  address_help: 'Live Producer shows your own stream URL beside the stream key.',
  key_help: {
    steps: [
      'Open instagram.com on a computer, choose Create (the plus) and then Live.',
      'Give the broadcast a title and choose who may see it.',
      'Copy the stream URL and the stream key. Both are new for every broadcast.',
    ],
    page: 'https://www.instagram.com/',
    lasts: 'one_broadcast',
    source: liveProducer('Live Producer shows a URL and a key of your own; the key is new each time it is used.'),
  },
  starts_on_platform: limit(true, liveProducer('Once the stream is seen, Go live in Live Producer starts it.')),
  limits: {
    ...unstated,
    max_size: wanted({ long_side: 1280, short_side: 720 }, liveProducer('720×1280.')),
    max_fps: limit(60, liveProducer('30 frames per second recommended, 60 supported.')),
    video_bitrates: wanted(
      [{ short_side: 720, fps: 30, min_kbps: 2_250, recommended_kbps: null, max_kbps: 6_000 }],
      liveProducer('2,250 to 6,000 kbit/s.'),
    ),
    max_audio_bitrate_kbps: wanted(256, liveProducer('Up to 256 kbit/s.')),
    audio_sample_rates: wanted([44_100], liveProducer('44.1 kHz.')),
    orientations: wanted(['vertical', 'landscape'], liveProducer('9:16 recommended, and not required.')),
    max_duration_s: limit(14_400, streamkite('A session lasts 4 hours at most.')),
    tls_required: limit(true, streamkite('Plain RTMP fails; Instagram takes RTMPS only.')),
  },
  advice: [
    {
      text: 'After Weir is connected, press Go live in Live Producer; before that nobody sees anything.',
      source: liveProducer('Go live stands in Live Producer.'),
    },
    {
      text: 'Send 720×1280 at 30 frames per second. A wide picture is taken and looks small on phones.',
      source: liveProducer('9:16 and 720p at 30 recommended.'),
    },
    {
      text: 'Not every account has Live Producer; it takes a public one with 1,000 followers.',
      source: page(
        'https://techcrunch.com/2025/08/01/instagram-now-requires-users-to-have-at-least-1000-followers-to-go-live/',
        '2026-09-11',
        'third_party',
      )('Only public accounts with 1,000 followers or more can go live.'),
    },
  ],
}
