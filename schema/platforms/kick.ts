import type { Platform } from '../contracts/platform.ts'
import { limit, page, unstated, wanted } from './figures.ts'

const howTo = page('https://help.kick.com/en/articles/7066931-how-to-stream-on-kick-com', '2026-08-06')

const channelTypes = page(
  'https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/channel-types.html',
  '2026-11-22',
  'third_party',
)

export const kick: Platform = {
  id: 'kick',
  name: 'Kick',
  protocols: ['rtmps'],
  servers: [
    {
      id: 'default',
      name: 'Default',
      url: 'rtmps://fa723fc1b171.global-contribute.live-video.net:443/app',
      source: page(
        'https://help.kick.com/en/articles/7135289-streaming-on-kick-from-your-mobile-phone',
        '2026-11-22',
      )('Kick’s own steps for encoders on a phone name this address.'),
    },
  ],
  url_required: false,
  address_help: null,
  key_help: {
    steps: [
      'Open the Creator Dashboard and then Channel, Stream URL and key.',
      'Copy the stream key.',
      'If the stream URL there has another host, give it as the address, with /app at its end.',
    ],
    page: 'https://kick.com/dashboard/settings/stream',
    lasts: 'until_reset',
    source: howTo('Stream URL and stream key stand under Channel in the Creator Dashboard.'),
  },
  starts_on_platform: null,
  limits: {
    ...unstated,
    max_size: limit({ long_side: 1920, short_side: 1080 }, howTo('1920×1080 at most.')),
    max_fps: limit(60, howTo('60 frames per second at most.')),
    min_video_bitrate_kbps: limit(1_000, howTo('1,000 kbit/s at least.')),
    max_video_bitrate_kbps: limit(8_000, howTo('8,000 kbit/s at most.')),
    audio_sample_rates: limit([44_100, 48_000], howTo('Stereo, 48 kHz at most.')),
    keyframe_interval_s: wanted(2, howTo('2 seconds.')),
    video_codecs: limit(['h264'], howTo('H.264; H.265 is not supported.')),
    constant_bitrate: limit(true, howTo('Constant bit rate; a variable one is not taken.')),
    tls_required: limit(true, howTo('RTMPS.')),
    drops_over_limit: limit(
      true,
      channelTypes('What is over the allowed size or bit rate probably is disconnected at once.'),
    ),
  },
  advice: [
    {
      text: 'Stay well below 8,000 kbit/s: Kick drops a stream that goes over instead of scaling it down.',
      source: channelTypes(
        'Amazon IVS, whose host Kick’s address names, probably disconnects what is over the limits.',
      ),
    },
    {
      text: 'An address without /app at its end is connected to and never takes the stream.',
      source: page(
        'https://docs.aws.amazon.com/chime-sdk/latest/dg/connector-pipe-config.html',
        '2026-11-22',
        'third_party',
      )('Addresses of Amazon IVS are like rtmps://….global-contribute.live-video.net:443/app.'),
    },
  ],
}
