import type { Platform } from '../contracts/platform.ts'
import { unstated } from './figures.ts'

/** Another Weir, or a course’s own server: Weir knows what it takes itself, and nothing of others. */
export const tutorial: Platform = {
  id: 'tutorial',
  name: 'Tutorial (another Weir)',
  protocols: ['rtmps', 'rtmp', 'srt'],
  servers: [],
  url_required: true,
  address_help:
    'On the other Weir, make a live stream and copy its RTMP address, like rtmp://host:1935/live, or its SRT address.',
  key_help: {
    steps: [
      'On the other Weir, make a live stream.',
      'Copy the address and the stream key that it shows.',
      'The key is shown once; a new one can be made, or the old one revealed, on the page of the live stream.',
    ],
    page: null,
    lasts: 'until_reset',
    source: null,
  },
  starts_on_platform: null,
  limits: unstated,
  advice: [
    {
      text: 'Text stays sharpest when the other side gets what this Weir encodes: choose the profile “source” there.',
      source: null,
    },
    { text: 'SRT carries the stream better than RTMP over a network that loses packets.', source: null },
  ],
}

export const custom: Platform = {
  id: 'custom',
  name: 'Custom server',
  protocols: ['rtmps', 'rtmp', 'srt'],
  servers: [],
  url_required: true,
  address_help: 'The service or server that you send to shows its address, like rtmps://host/app.',
  key_help: {
    steps: ['Copy the address and the stream key that the service shows. What follows the last / is often the key.'],
    page: null,
    lasts: 'varies',
    source: null,
  },
  starts_on_platform: null,
  limits: unstated,
  advice: [
    { text: 'Take rtmps:// where the server has it: over rtmp:// the stream key travels in the open.', source: null },
    { text: 'H.264 with AAC and a keyframe every 2 seconds is taken almost everywhere.', source: null },
  ],
}
