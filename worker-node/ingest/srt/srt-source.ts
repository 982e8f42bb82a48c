import type { Source } from '../source.ts'
import type { Caller } from './caller.ts'

/** A connected SRT caller, as a source. */
export function createSrtSource(caller: Caller): Source {
  const { intake, ended } = caller
  return {
    input: { kind: 'stdin', format: 'mpegts' },
    ready: intake.ready,
    describe: () => intake.describe(),
    ended,
    get bytesReceived() {
      return intake.received().bytes
    },
    get heldBack() {
      return intake.heldBack
    },
    open: () => intake.open(),
    close: (why) => caller.finish({ reason: 'ended', detail: why }),
  }
}
