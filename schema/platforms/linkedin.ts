import type { Platform } from '../contracts/platform.ts'
import { limit, page, unstated, wanted } from './figures.ts'

const ingest = page('https://learn.microsoft.com/en-us/linkedin/consumer/integrations/live-video', '2026-09-11')
const customStream = page('https://www.linkedin.com/help/linkedin/answer/a564446', '2026-11-22')
const syncwords = page(
  'https://help.syncwords.com/live/send-captions-to-linkedin-rtmp-608',
  '2026-11-22',
  'third_party',
)

export const linkedin: Platform = {
  id: 'linkedin',
  name: 'LinkedIn',
  protocols: ['rtmps', 'rtmp'],
  servers: [],
  url_required: true,
  address_help: 'LinkedIn shows a stream URL of your own for each event, after you have chosen the nearest region.',
  key_help: {
    steps: [
      'Make a live event, open its page and choose to manage the stream.',
      'In the stream settings choose the nearest region and then Get URL. This works shortly before the event begins.',
      'Copy the stream URL and the stream key. Both are new for every event.',
    ],
    page: 'https://www.linkedin.com/video/golive/now/',
    lasts: 'one_broadcast',
    source: customStream('Address and key are made for an event, in the stream settings, region by region.'),
  },
  starts_on_platform: limit(true, customStream('Once the preview is there, Go Live is pressed on LinkedIn.')),
  limits: {
    ...unstated,
    max_size: limit({ long_side: 1920, short_side: 1080 }, ingest('1080p at most.')),
    max_fps: limit(30, ingest('30 frames per second at most.')),
    video_bitrates: wanted(
      [{ short_side: 720, fps: 30, min_kbps: null, recommended_kbps: 3_500, max_kbps: null }],
      syncwords('720p at 30 frames per second and 3.5 Mbit/s.'),
    ),
    max_video_bitrate_kbps: limit(6_000, ingest('6 Mbit/s of video at most.')),
    max_audio_bitrate_kbps: limit(128, ingest('128 kbit/s of sound at most.')),
    audio_sample_rates: limit([48_000], ingest('48 kHz.')),
    keyframe_interval_s: limit(2, ingest('Every 2 seconds.')),
    video_codecs: limit(['h264'], ingest('H.264.')),
    orientations: limit(['landscape'], ingest('16:9.')),
    max_duration_s: limit(14_400, ingest('4 hours at most.')),
    ends_after_disconnect_s: limit(120, ingest('Once media has come, 120 seconds without any are a timeout.')),
    tls_required: limit(false, ingest('RTMP or RTMPS; RTMPS is preferred.')),
  },
  advice: [
    {
      text: 'Take 720p: LinkedIn’s player shows no more, even where you send 1080p.',
      source: syncwords('1080p is taken, but the player goes up to 720p only.'),
    },
    {
      text: 'After Weir is connected, press Go Live on LinkedIn; before that nobody sees anything.',
      source: customStream('Going live is a step of its own, after the preview.'),
    },
    {
      text: 'LinkedIn’s servers may listen on ports 1935, 1936, 2935 and 2936; a firewall must let them out.',
      source: ingest('RTMP needs TCP 1935 and 1936, RTMPS 2935 and 2936.'),
    },
  ],
}
