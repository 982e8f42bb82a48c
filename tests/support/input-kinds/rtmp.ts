import { connect } from 'node:net'
import { expect } from 'vitest'
import { startEncoder } from '../encoder.ts'
import { eventually } from '../eventually.ts'
import { startRelay } from '../relay.ts'
import type { TestWeir } from '../weir.ts'
import { encoderKind } from './encoder-kind.ts'
import type { InputKind } from './input-kind.ts'
import { noise } from './noise.ts'
import { picture } from './picture.ts'

/** FFmpeg pushes RTMP. */
export async function rtmpKind(weir: TestWeir): Promise<InputKind> {
  const port = Number(new URL(weir.rtmpUrl).port)
  const relay = await startRelay(port)
  const start = (key: string, width: 320 | 480 = 320) =>
    startEncoder(`rtmp://127.0.0.1:${relay.port}/live`, key, picture(width))
  return encoderKind({
    protocol: 'rtmp',
    toSlateMs: { kill: 1_000, freeze: 1_600, 'half-open': 1_600 },
    relay,
    start: (trial, width) => start(trial.stream.stream_key, width),
    wrongSecret: async (trial) => {
      const encoder = await start('nobodys-key')
      await eventually('it is refused', () => encoder.hasEnded())
      expect(encoder.stderr()).toContain('rror')
      expect((await trial.now()).status).toBe('idle')
    },
    garbage: async (trial) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.end(noise(10_000))
      await eventually('it is thrown out', () => socket.destroyed)
      expect((await trial.now()).status).toBe('idle')
    },
    close: () => relay.close(),
  })
}
