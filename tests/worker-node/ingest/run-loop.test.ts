import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runWhileSourceLives } from '#worker/ingest/run-loop.ts'
import type { Source, SourceEnd } from '#worker/ingest/source.ts'
import { createTestSource } from '#worker/ingest/test-source.ts'
import type { FfmpegExit } from '#worker/transcode/ffmpeg-process.ts'
import type { Transcode } from '#worker/transcode/transcoder.ts'

const exitOf = (reason: FfmpegExit['reason']): FfmpegExit => ({ reason, code: null, fault: null, stderrTail: '' })

/** FFmpegs that end when the test says so. */
function fakeFfmpegs() {
  const runs: { end: (reason: FfmpegExit['reason']) => void; stopped: boolean }[] = []
  const start = (): Transcode => {
    const { promise, resolve } = Promise.withResolvers<FfmpegExit>()
    const run = { end: (reason: FfmpegExit['reason']) => resolve(exitOf(reason)), stopped: false }
    runs.push(run)
    const stop = () => {
      run.stopped = true
      resolve(exitOf('ended'))
      return promise
    }
    return { pid: 1, stdin: new PassThrough().resume(), exited: promise, stop }
  }
  return { runs, start }
}

function fakeSource() {
  const { promise: ended, resolve: end } = Promise.withResolvers<SourceEnd>()
  const source = {
    input: { kind: 'stdin', format: 'flv' },
    ready: new Promise<never>(() => {}),
    describe: () => createTestSource().describe(),
    ended,
    bytesReceived: 0,
    heldBack: false as boolean,
    open: () => new PassThrough(),
    close: () => end({ reason: 'ended', detail: '' }),
  } satisfies Source
  return { source, end }
}

describe('FFmpeg on a source', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }),
  )
  afterEach(() => void vi.useRealTimers())

  const loop = (
    parts: ReturnType<typeof fakeSource> & ReturnType<typeof fakeFfmpegs>,
    signal = new AbortController().signal,
  ) => {
    const ends: string[] = []
    const over = runWhileSourceLives({
      source: parts.source,
      start: parts.start,
      onRunBegin: () => ends.push('begin'),
      onRunEnd: (exit, sourceEnd) => ends.push(sourceEnd ? `${exit.reason}, source ${sourceEnd.reason}` : exit.reason),
      signal,
    })
    return { over, ends }
  }

  it('is started again each time it dies, as long as the source is there', async () => {
    const parts = { ...fakeSource(), ...fakeFfmpegs() }
    const { over, ends } = loop(parts)
    for (let run = 0; run < 3; run++) {
      await vi.waitUntil(() => parts.runs.length === run + 1)
      parts.runs[run]!.end('killed')
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(ends).toEqual(['begin', 'killed', 'begin', 'killed', 'begin', 'killed', 'begin'])
    parts.end({ reason: 'lost', detail: 'gone' })
    parts.runs[3]!.end('ended')
    await expect(over).resolves.toEqual({ reason: 'lost', detail: 'gone' })
    expect(ends.at(-1)).toBe('ended, source lost')
  })

  it('is ended and started again when it gives nothing although the source sends', async () => {
    const parts = { ...fakeSource(), ...fakeFfmpegs() }
    loop(parts)
    for (let second = 0; second < 12; second++) {
      parts.source.bytesReceived += 1_000
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(parts.runs[0]!.stopped).toBe(true)
    expect(parts.runs.length).toBeGreaterThan(1)
  })

  it('is ended and started again when it stops reading, so that the source is held back', async () => {
    const parts = { ...fakeSource(), ...fakeFfmpegs() }
    const { ends } = loop(parts)
    parts.source.heldBack = true
    await vi.advanceTimersByTimeAsync(12_000)
    expect(parts.runs[0]!.stopped).toBe(true)
    expect(ends.slice(0, 3)).toEqual(['begin', 'failed', 'begin'])
  })

  it('is stopped when it hangs over the end of its source', async () => {
    const parts = { ...fakeSource(), ...fakeFfmpegs() }
    const { over } = loop(parts)
    await vi.advanceTimersByTimeAsync(1_000)
    parts.end({ reason: 'ended', detail: 'bye' })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(parts.runs[0]!.stopped).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(parts.runs[0]!.stopped).toBe(true)
    await expect(over).resolves.toEqual({ reason: 'ended', detail: 'bye' })
  })

  it('is not started again for a source that ends, or a session that is over, during the wait', async () => {
    const ending = { ...fakeSource(), ...fakeFfmpegs() }
    const first = loop(ending)
    ending.runs[0]!.end('killed')
    await vi.advanceTimersByTimeAsync(100)
    ending.end({ reason: 'lost', detail: 'gone' })
    await expect(first.over).resolves.toEqual({ reason: 'lost', detail: 'gone' })
    expect(ending.runs).toHaveLength(1)

    const stopping = { ...fakeSource(), ...fakeFfmpegs() }
    const abort = new AbortController()
    const second = loop(stopping, abort.signal)
    stopping.runs[0]!.end('killed')
    await vi.advanceTimersByTimeAsync(100)
    abort.abort()
    await second.over
    expect(stopping.runs).toHaveLength(1)
  })

  it('is left alone while the source itself sends nothing', async () => {
    const parts = { ...fakeSource(), ...fakeFfmpegs() }
    loop(parts)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(parts.runs[0]!.stopped).toBe(false)
  })
})
