import type { TestWeir } from '../weir.ts'
import type { ChannelKind } from './channel.ts'
import type { InputKind } from './input-kind.ts'
import { pullHlsKind } from './pull-hls.ts'
import { pullHttpKind } from './pull-http.ts'
import { pullRtmpKind } from './pull-rtmp.ts'
import { pullRtspKind } from './pull-rtsp.ts'
import { pullSrtKind } from './pull-srt.ts'
import { rtmpKind } from './rtmp.ts'
import { srtKind } from './srt.ts'
import { whipKind } from './whip.ts'

/** The rows of the table. The channel is there before its worker, which must know its environment. */
export const inputKinds = {
  rtmp: rtmpKind,
  srt: srtKind,
  whip: whipKind,
  'pull-hls': pullHlsKind,
  'pull-rtmp': pullRtmpKind,
  'pull-rtsp': pullRtspKind,
  'pull-http': pullHttpKind,
  'pull-srt': pullSrtKind,
  channel: async (_weir, channel) => channel,
} as const satisfies Record<string, (weir: TestWeir, channel: ChannelKind) => Promise<InputKind>>
