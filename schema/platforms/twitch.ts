import type { BitrateRung, Platform } from '../contracts/platform.ts'
import { limit, page, unstated, wanted } from './figures.ts'

const guidelines = page('https://help.twitch.tv/s/article/broadcasting-guidelines', '2026-10-04')
const quality = page('https://help.twitch.tv/s/article/stream-quality', '2026-10-04')
const creatorCamp = page(
  'https://www.twitch.tv/creatorcamp/en/paths/going-live/broadcast-recommendations/',
  '2026-11-22',
)
const ingests = page('https://ingest.twitch.tv/ingests', '2026-10-04')
const keyFaq = page('https://help.twitch.tv/s/article/twitch-stream-key-faq', '2026-10-04')

const rung = (short_side: number, fps: number, recommended_kbps: number): BitrateRung => ({
  short_side,
  fps,
  min_kbps: null,
  recommended_kbps,
  max_kbps: null,
})

export const twitch: Platform = {
  id: 'twitch',
  name: 'Twitch',
  protocols: ['rtmps', 'rtmp'],
  servers: [
    ['auto', 'Nearest', 'ingest.global-contribute'],
    ['aps30', 'Asia Pacific: Mumbai', 'aps30.contribute'],
    ['apn20', 'Asia Pacific: Seoul', 'apn20.contribute'],
    ['aps10', 'Asia Pacific: Singapore', 'aps10.contribute'],
    ['aps20', 'Asia Pacific: Sydney', 'aps20.contribute'],
    ['apn10', 'Asia Pacific: Tokyo', 'apn10.contribute'],
    ['euc10', 'Europe: Frankfurt', 'euc10.contribute'],
    ['euw10', 'Europe: Ireland', 'euw10.contribute'],
    ['euw30', 'Europe: Paris', 'euw30.contribute'],
    ['eun10', 'Europe: Stockholm', 'eun10.contribute'],
    ['sae10', 'South America: São Paulo', 'sae10.contribute'],
    ['use10', 'US East: N. Virginia', 'use10.contribute'],
    ['use20', 'US East: Ohio', 'use20.contribute'],
    ['usw20', 'US West: Oregon', 'usw20.contribute'],
  ].map(([id = '', name = '', host]) => ({
    id,
    name,
    url: `rtmps://${host}.live-video.net:443/app`,
    source: ingests('The servers of Twitch; each has an address for RTMP and one for RTMPS.'),
  })),
  url_required: false,
  address_help: null,
  key_help: {
    steps: [
      'Open the Creator Dashboard.',
      'Go to Settings, then Stream.',
      'Copy the primary stream key. It stays until you reset it or change your password.',
    ],
    page: 'https://dashboard.twitch.tv/settings/stream',
    lasts: 'until_reset',
    source: keyFaq('The key is in the dashboard under Settings, Stream; a new password makes a new key.'),
  },
  starts_on_platform: wanted(
    false,
    page(
      'https://dev.twitch.tv/docs/video-broadcast/',
      '2026-10-04',
    )('The channel is live when media comes, unless the key ends with ?bandwidthtest=true.'),
  ),
  limits: {
    ...unstated,
    max_size: limit(
      { long_side: 1920, short_side: 1080 },
      quality('1440p only through Enhanced Broadcasting, which a plain RTMP feed is not; no 4K.'),
    ),
    max_fps: wanted(60, guidelines('The highest frame rate in its settings is 60.')),
    video_bitrates: wanted(
      [rung(720, 30, 3_000), rung(720, 60, 4_500), rung(1080, 30, 4_500), rung(1080, 60, 6_000)],
      guidelines('One recommended bit rate for each size and frame rate.'),
    ),
    max_video_bitrate_kbps: limit(
      6_000,
      page(
        'https://help.twitch.tv/s/article/guide-to-broadcast-health',
        '2026-10-04',
      )('6,000 kbit/s is the maximum of a standard stream; more makes it unstable.'),
    ),
    audio_bitrate_kbps: wanted(128, creatorCamp('128 kbit/s for the best compatibility.')),
    max_audio_bitrate_kbps: limit(160, guidelines('160 kbit/s at most. Creator Camp and OBS allow 320.')),
    audio_sample_rates: wanted([44_100, 48_000], creatorCamp('44.1 or 48 kHz.')),
    keyframe_interval_s: wanted(2, guidelines('2 seconds.')),
    video_codecs: limit(['h264'], quality('H.264 for a standard stream; HEVC only for 1440p; no AV1.')),
    b_frames: wanted(2, guidelines('2 in its settings for NVENC; none are given for x264.')),
    constant_bitrate: wanted(true, guidelines('Constant bit rate; a variable one is advised against.')),
    orientations: wanted(
      ['landscape'],
      page(
        'https://help.twitch.tv/s/article/dual-format-vertical-video',
        '2026-10-04',
      )('16:9 plays on most devices; vertical pictures go through Enhanced Broadcasting.'),
    ),
    max_duration_s: limit(172_800, guidelines('48 hours.')),
    ends_after_disconnect_s: limit(
      90,
      page(
        'https://help.twitch.tv/s/article/Disconnect-Protection',
        '2026-10-04',
      )('With Disconnect Protection there are 90 seconds to come back.'),
    ),
    tls_required: limit(false, ingests('Each server has an address for RTMP as well.')),
  },
  advice: [
    {
      text: 'Turn Disconnect Protection on in the stream settings, so that Twitch waits 90 seconds for you.',
      source: page(
        'https://help.twitch.tv/s/article/Disconnect-Protection',
        '2026-10-04',
      )('The setting stands on the Stream Settings page, and some encoders are named as supported.'),
    },
    {
      text: 'Viewers may get only the quality that you send: a bit rate that phones can follow serves more of them.',
      source: page(
        'https://help.twitch.tv/s/article/broadcasting-guidelines',
        '2026-08-06',
      )('Other qualities are promised to partners, and to everybody else only where there is room.'),
    },
    {
      text: 'When you are on other platforms too, Twitch must not get a worse picture than they do.',
      source: page(
        'https://help.twitch.tv/s/article/simulcasting-guidelines',
        '2026-10-04',
      )('A smaller or worse picture than elsewhere breaks the rules for simulcasts.'),
    },
  ],
}
