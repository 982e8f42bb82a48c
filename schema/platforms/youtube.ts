import type { BitrateRung, Platform } from '../contracts/platform.ts'
import { limit, obsServices, page, unstated, wanted } from './figures.ts'

const encoderPage = page('https://support.google.com/youtube/answer/2853702', '2026-10-04')
const rtmpsPage = page('https://support.google.com/youtube/answer/10364924', '2026-10-04')
const setupPage = page('https://support.google.com/youtube/answer/2907883', '2026-10-04')
const broadcastApi = page('https://developers.google.com/youtube/v3/live/docs/liveBroadcasts', '2026-10-04')

const rung = (short_side: number, fps: number, min_kbps: number, recommended_kbps: number): BitrateRung => ({
  short_side,
  fps,
  min_kbps,
  recommended_kbps,
  max_kbps: null,
})

export const youtube: Platform = {
  id: 'youtube',
  name: 'YouTube',
  protocols: ['rtmps', 'rtmp'],
  servers: [
    ['primary', 'Primary', 'rtmps://a.rtmps.youtube.com:443/live2'],
    ['backup', 'Backup', 'rtmps://b.rtmps.youtube.com:443/live2?backup=1'],
    ['primary_rtmp', 'Primary, not encrypted', 'rtmp://a.rtmp.youtube.com/live2'],
    ['backup_rtmp', 'Backup, not encrypted', 'rtmp://b.rtmp.youtube.com/live2?backup=1'],
  ].map(([id = '', name = '', url = '']) => ({
    id,
    name,
    url,
    source: obsServices('Primary and backup server of YouTube, over RTMPS and over RTMP.'),
  })),
  url_required: false,
  address_help: null,
  key_help: {
    steps: [
      'Open YouTube Studio and choose Create, then Go live.',
      'Open the Stream tab.',
      'Copy the stream key. It is the same for every broadcast until you reset it.',
    ],
    page: 'https://www.youtube.com/live_dashboard',
    lasts: 'until_reset',
    source: setupPage('The key stands under Stream settings in the Stream tab; the default key stays.'),
  },
  starts_on_platform: wanted(
    false,
    setupPage('In the Stream tab a broadcast begins when the encoder does; a scheduled one may wait for the button.'),
  ),
  limits: {
    ...unstated,
    max_size: limit({ long_side: 3840, short_side: 2160 }, encoderPage('The largest size in the table is 2160p.')),
    max_fps: limit(60, encoderPage('The highest frame rate in the table is 60.')),
    video_bitrates: wanted(
      [
        rung(360, 30, 400, 4_000),
        rung(480, 30, 400, 4_000),
        rung(720, 30, 3_000, 8_000),
        rung(720, 60, 3_000, 8_000),
        rung(1080, 30, 5_000, 14_000),
        rung(1080, 60, 6_000, 17_000),
        rung(1440, 30, 7_000, 21_000),
        rung(1440, 60, 8_000, 34_000),
        rung(2160, 30, 11_000, 42_000),
        rung(2160, 60, 14_000, 50_000),
      ],
      encoderPage('Minimum and recommended bit rate of H.264 for each size and frame rate; no maximum.'),
    ),
    max_video_bitrate_kbps: wanted(51_000, obsServices('OBS sends YouTube 51,000 kbit/s at most.')),
    audio_bitrate_kbps: wanted(128, encoderPage('128 kbit/s for stereo.')),
    max_audio_bitrate_kbps: wanted(160, obsServices('OBS sends YouTube 160 kbit/s of sound at most.')),
    audio_sample_rates: wanted([44_100], encoderPage('44.1 kHz for stereo.')),
    keyframe_interval_s: wanted(2, encoderPage('2 seconds recommended.')),
    max_keyframe_interval_s: limit(4, encoderPage('Not more than 4 seconds.')),
    video_codecs: limit(['h264', 'hevc', 'av1'], encoderPage('H.264, H.265 and AV1 over RTMP or RTMPS.')),
    b_frames: wanted(2, encoderPage('2 B-frames.')),
    constant_bitrate: wanted(true, encoderPage('Constant bit rate.')),
    orientations: limit(
      ['landscape', 'vertical'],
      page(
        'https://support.google.com/youtube/answer/2474026',
        '2026-10-04',
      )('A stream taller than wide is shown full screen on phones and in Shorts.'),
    ),
    ends_after_disconnect_s: limit(60, broadcastApi('With auto-stop, about a minute after the encoder stops.')),
    tls_required: limit(false, rtmpsPage('The control room shows the plain RTMP address first.')),
  },
  advice: [
    {
      text: 'Turn auto-stop off for long broadcasts, or YouTube ends them about a minute after a disconnect.',
      source: broadcastApi('enableAutoStop ends the broadcast about a minute after the channel stops sending.'),
    },
    {
      text: 'Only broadcasts of less than 12 hours are kept as a video. Start a new one before that to keep all of it.',
      source: setupPage('Streams under 12 hours are archived by themselves.'),
    },
    {
      text: 'A backup feed must be the same as the first: size, frame rate, bit rate, codec, keyframes and sound.',
      source: page(
        'https://support.google.com/youtube/answer/3006768',
        '2026-10-04',
      )('Primary and backup must match in all settings.'),
    },
    {
      text: 'The first time, it takes up to 24 hours until YouTube lets a channel go live.',
      source: page(
        'https://support.google.com/youtube/answer/2474026',
        '2026-10-04',
      )('The first request to enable live streaming takes up to 24 hours.'),
    },
  ],
}
