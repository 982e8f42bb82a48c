import { expect } from 'vitest'
import { startDatagramRelay } from '../datagram-relay.ts'
import { eventually } from '../eventually.ts'
import { startWhipPublisher } from '../whip-file-publisher.ts'
import { encoderKind } from './encoder-kind.ts'
import type { InputKind } from './input-kind.ts'
import { picture } from './picture.ts'

/** aiortc pushes WebRTC. */
export async function whipKind(): Promise<InputKind> {
  // Which UDP port the worker has is in its answers: the publisher sends to the relay, the relay to where it is aimed.
  const relay = await startDatagramRelay(9)
  return encoderKind({
    protocol: 'whip',
    toSlateMs: { kill: 1_800, freeze: 1_800, 'half-open': 1_800 },
    relay,
    start: async ({ stream }, width) => {
      // RTP has no order but that of decoding, so WebRTC has no B-frames.
      return startWhipPublisher(stream.ingest.whip.url, stream.stream_key, { ...picture(width), bFrames: 0 }, relay)
    },
    wrongSecret: async (trial) => {
      const publisher = await startWhipPublisher(trial.stream.ingest.whip.url, 'nobodys-key', picture(320))
      await eventually('it is refused', () => publisher.hasEnded())
      expect(publisher.stderr()).toMatch(/^401 /)
      expect((await trial.now()).status).toBe('idle')
    },
    garbage: async (trial) => {
      const { stream } = trial
      const response = await fetch(stream.ingest.whip.url, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp', authorization: `Bearer ${stream.stream_key}` },
        body: 'garbage',
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'invalid_sdp', detail: expect.stringContaining(' ') })
      expect((await trial.now()).status).toBe('idle')
    },
    close: async () => relay.close(),
  })
}
