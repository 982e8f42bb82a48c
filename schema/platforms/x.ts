import type { Platform } from '../contracts/platform.ts'
import { limit, obsServices, page, unstated, wanted } from './figures.ts'

const liveStudio = page('https://help.x.com/en/using-x/live-studio', '2026-08-06')
const sources = page('https://business.twitter.com/en/help/troubleshooting/media-studio-faqs.html', '2026-11-22')
const producer = page('https://media.twitter.com/en/articles/products/2018/media-studio/producer', '2026-11-22')

export const x: Platform = {
  id: 'x',
  name: 'X',
  protocols: ['rtmps', 'rtmp'],
  servers: [],
  url_required: true,
  address_help:
    'X shows an address for the region that you chose for the source. Take the RTMPS address where it shows one.',
  key_help: {
    steps: [
      'Open studio.x.com on a computer and then Sources.',
      'Choose Create source, type RTMP and the region nearest to Weir.',
      'Copy the address and the stream key. A source can be used for many broadcasts.',
    ],
    page: 'https://studio.x.com/',
    lasts: 'until_reset',
    source: sources('A source is created in the Sources tab with a name, a type and a region.'),
  },
  starts_on_platform: limit(true, sources('A broadcast is created on the source and published there.')),
  limits: {
    ...unstated,
    max_size: wanted({ long_side: 1920, short_side: 1080 }, liveStudio('1080p at 60 frames per second.')),
    max_fps: wanted(60, obsServices('OBS sends X 60 frames per second at most.')),
    video_bitrates: wanted(
      [{ short_side: 1080, fps: 60, min_kbps: null, recommended_kbps: 12_000, max_kbps: null }],
      liveStudio('12 Mbit/s for 1080p60. The older page on Producer has 9 Mbit/s.'),
    ),
    max_video_bitrate_kbps: wanted(12_000, obsServices('OBS sends X 12,000 kbit/s at most.')),
    max_audio_bitrate_kbps: wanted(128, obsServices('OBS sends X 128 kbit/s of sound at most.')),
    keyframe_interval_s: wanted(3, liveStudio('3 seconds. OBS has the same.')),
    video_codecs: wanted(['h264'], obsServices('OBS sends X H.264 only.')),
    max_duration_s: limit(86_400, liveStudio('24 hours.')),
    tls_required: limit(false, obsServices('The addresses in its list are plain RTMP.')),
  },
  advice: [
    {
      text: 'Sending is not enough: make a broadcast on the source in Live Studio and start it there.',
      source: sources('After the preview shows the video, Publish now creates the broadcast.'),
    },
    {
      text: 'The region of a source decides its address; for another region make another source.',
      source: sources('The region nearest to the encoder is chosen when the source is made.'),
    },
    {
      text: 'Use one source again and again; the key stays and Weir need not be changed.',
      source: producer('Reusing a source is recommended.'),
    },
    {
      text: 'X gives stream keys to accounts with X Premium only.',
      source: page(
        'https://streamlabs.com/content-hub/post/how-to-live-stream-to-twitter',
        '2026-11-22',
        'third_party',
      )('Producer takes a paid subscription of the account.'),
    },
  ],
}
