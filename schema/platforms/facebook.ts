import type { BitrateRung, Platform } from '../contracts/platform.ts'
import { limit, page, unstated, wanted } from './figures.ts'

const reference = page('https://developers.facebook.com/docs/live-video-api/reference', '2026-11-22')
const producer = page('https://www.facebook.com/business/help/767179794442688', '2026-10-04')
const support = page('https://developers.facebook.com/documentation/live-video-api/support', '2026-10-04')

const rung = (short_side: number, fps: number, min_kbps: number, max_kbps: number): BitrateRung => ({
  short_side,
  fps,
  min_kbps,
  recommended_kbps: null,
  max_kbps,
})

export const facebook: Platform = {
  id: 'facebook',
  name: 'Facebook',
  protocols: ['rtmps'],
  servers: [
    {
      id: 'default',
      name: 'Default',
      url: 'rtmps://rtmp-api.facebook.com:443/rtmp/',
      source: page(
        'https://developers.facebook.com/documentation/live-video-api/getting-started',
        '2026-10-04',
      )('The server is rtmps://rtmp-api.facebook.com/rtmp/, and what follows is the key. OBS has the same.'),
    },
  ],
  url_required: false,
  address_help: null,
  key_help: {
    steps: [
      'Open facebook.com/live/create, choose where to post and then Go live.',
      'Choose Streaming software as the video source.',
      'Copy the stream key. It works for one broadcast; with Persistent stream key in the advanced settings it stays.',
    ],
    page: 'https://www.facebook.com/live/create',
    lasts: 'varies',
    source: producer('A key is for one stream unless Persistent stream key is on; turning that on changes the key.'),
  },
  starts_on_platform: limit(
    true,
    page(
      'https://www.facebook.com/business/help/165076674943644',
      '2026-10-04',
    )('Live Producer shows a preview once the encoder is connected; Go live makes it public.'),
  ),
  limits: {
    ...unstated,
    max_size: limit({ long_side: 1920, short_side: 1080 }, reference('The largest size in the list is 1920×1080.')),
    max_fps: limit(60, reference('The highest frame rate in the list is 60.')),
    video_bitrates: limit(
      [
        rung(360, 30, 400, 1_000),
        rung(480, 30, 600, 2_000),
        rung(720, 30, 1_500, 4_000),
        rung(720, 60, 2_250, 6_000),
        rung(1080, 30, 3_000, 6_000),
        rung(1080, 60, 4_500, 9_000),
      ],
      reference('A range of bit rates for each size and frame rate.'),
    ),
    max_video_bitrate_kbps: limit(9_000, reference('The highest bit rate in the list is 9,000 kbit/s.')),
    audio_bitrate_kbps: wanted(128, reference('128 kbit/s preferred.')),
    max_audio_bitrate_kbps: limit(256, reference('256 kbit/s, not to be exceeded.')),
    audio_sample_rates: limit([44_100, 48_000], reference('44.1 or 48 kHz.')),
    keyframe_interval_s: wanted(2, reference('2 seconds recommended.')),
    max_keyframe_interval_s: limit(4, reference('Not more than 4 seconds.')),
    video_codecs: limit(['h264'], reference('H.264, level 4.1 up to 1080p30 and 4.2 for 1080p60.')),
    b_frames: wanted(
      3,
      page(
        'https://developers.facebook.com/documentation/live-video-api/guides/automatic-encoder-configuration-api',
        '2026-11-22',
      )('The settings that it answers in its example have 3 B-frames in closed GOPs of fixed length.'),
    ),
    constant_bitrate: wanted(
      true,
      page('https://www.facebook.com/business/help/162540111070395', '2026-10-04')('Constant bit rate.'),
    ),
    orientations: wanted(['landscape'], reference('Aim for 16:9; what is far from it may not be supported.')),
    max_duration_s: limit(28_800, reference('Not more than 8 hours.')),
    ends_after_disconnect_s: limit(120, support('2 to 3 minutes to come back to the same address; then a new key.')),
    tls_required: limit(
      true,
      page(
        'https://developers.facebook.com/docs/live-video-api/changelog',
        '2026-11-22',
      )('RTMP is no longer supported since 4 November 2019; all broadcasts must use RTMPS.'),
    ),
    settings_fixed: limit(true, reference('Do not change settings in a broadcast: it may end or lose quality.')),
  },
  advice: [
    {
      text: 'Make the stream key persistent, or you need a new one for every broadcast.',
      source: producer('A persistent key can be used for every broadcast, one at a time.'),
    },
    {
      text: 'Facebook ends every broadcast after 8 hours.',
      source: page(
        'https://www.facebook.com/help/1534561009906955',
        '2026-10-04',
      )('The stream ends at the limit, without grace.'),
    },
    {
      text: 'The account must be 60 days old, and the page or profile needs 100 followers.',
      source: page(
        'https://www.facebook.com/business/help/165076674943644',
        '2026-10-04',
      )('At least 60 days old and 100 followers to go live.'),
    },
    {
      text: 'A stream without sound is ended, so Weir sends silence where the source has none.',
      source: support('A stream of video alone ends.'),
    },
  ],
}
