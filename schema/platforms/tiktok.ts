import type { Platform } from '../contracts/platform.ts'
import { page, unstated, wanted } from './figures.ts'

const academy = page('https://www.tiktok.com/creator-academy/article/live-best-practices-publishers', '2026-10-04')
const shopUs = page('https://seller-us.tiktok.com/university/essay?knowledge_id=3360165320984366&lang=en', '2026-10-04')
const shopUk = page(
  'https://seller-uk.tiktok.com/university/essay?knowledge_id=7738055662569218&default_language=en-GB',
  '2026-10-04',
)

export const tiktok: Platform = {
  id: 'tiktok',
  name: 'TikTok',
  protocols: ['rtmps', 'rtmp'],
  servers: [],
  url_required: true,
  address_help: 'TikTok shows a server URL of your own beside the stream key when you set up the LIVE.',
  key_help: {
    steps: [
      'Open tiktok.com on a computer, choose Go LIVE and give the broadcast a title.',
      'Choose that the LIVE shall not end by itself, and start it.',
      'Copy the server URL and the stream key. Do so less than an hour before you send; unused keys expire.',
    ],
    page: 'https://livecenter.tiktok.com/producer',
    lasts: 'one_broadcast',
    source: academy('Key and URL are shown after Go LIVE; they expire unused, so make them within the last hour.'),
  },
  starts_on_platform: wanted(false, academy('Viewers see the LIVE once the encoder sends.')),
  limits: {
    ...unstated,
    max_size: wanted({ long_side: 1920, short_side: 1080 }, shopUs('1080×1920, in TikTok Shop’s settings for OBS.')),
    max_fps: wanted(30, shopUs('30 frames per second, in TikTok Shop’s settings for OBS.')),
    max_video_bitrate_kbps: wanted(
      5_400,
      shopUs('5,400 kbit/s, in TikTok Shop’s settings for OBS. Its British page of 2023 has about 2,500.'),
    ),
    audio_bitrate_kbps: wanted(160, shopUk('160 kbit/s is enough, 256 is common.')),
    keyframe_interval_s: wanted(2, shopUs('2 seconds, in TikTok Shop’s settings for OBS.')),
    constant_bitrate: wanted(true, shopUs('Constant bit rate, in TikTok Shop’s settings for OBS.')),
    orientations: wanted(
      ['vertical', 'landscape'],
      academy('Wide pictures are possible from a computer; 9:16 is usual.'),
    ),
  },
  advice: [
    {
      text: 'Not every account gets a stream key: TikTok decides, and the rules differ by region.',
      source: page(
        'https://support.tiktok.com/en/live-gifts-wallet/tiktok-live/what-is-tiktok-live',
        '2026-10-04',
      )('LIVE takes an age of 18 and 1,000 followers, which may vary across regions.'),
    },
    {
      text: 'End the LIVE on TikTok as well when you stop; opening the profile on another device ends it too.',
      source: academy('The LIVE is to be ended on TikTok’s page; another device interrupts it.'),
    },
    {
      text: 'TikTok publishes no limits for encoders. The figures here are from its settings for shops.',
      source: shopUs('Settings for OBS as a camera of LIVE Manager.'),
    },
  ],
}
