import { eventually } from '../eventually.ts'
import type { TestProcess } from '../processes.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { Persistent } from './persistent.ts'
import type { Trial } from './trial.ts'

/** What differs between encoders that push. */
export interface EncoderKindOptions extends Pick<InputKind, 'protocol' | 'toSlateMs' | 'wrongSecret' | 'garbage'> {
  /** Starts an encoder that publishes through the relay. */
  start(trial: Trial, width: PictureWidth): Promise<TestProcess>
  readonly relay: { blackhole(): void; heal(): void }
  close(): Promise<unknown>
}

/** An input that encoders publish to. */
export function encoderKind(options: EncoderKindOptions): InputKind {
  const { relay } = options
  let width: PictureWidth = 320
  let encoder: Persistent | undefined
  return {
    ...options,
    source: { type: 'push' },
    begin: async (trial) => {
      encoder = new Persistent(() => options.start(trial, width))
      encoder.begin()
    },
    kill: async () => encoder?.stop(),
    resume: async () => encoder?.begin(),
    freeze: () => encoder?.signal('SIGSTOP'),
    thaw: () => encoder?.signal('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => {
      relay.heal()
      // One that waits for its network gives up at last; how long that takes is its own affair.
      await encoder?.restart()
    },
    change: async () => {
      width = 480
      await encoder?.restart('SIGTERM')
    },
    restart: async (trial) => {
      const before = trial.timesOnAir()
      await encoder?.restart('SIGTERM')
      await eventually('the next one is on air', () => trial.timesOnAir() > before, { intervalMs: 100 })
    },
    close: async () => {
      await encoder?.stop()
      await options.close()
    },
  }
}
