import { describe, expect, it, type TestContext } from 'vitest'
import type { Source } from '#worker/ingest/source.ts'
import { eventually } from '../../../support/eventually.ts'
import { findFlashesAndBeeps, median, withRecording } from '../../../support/flash-and-beep.ts'
import { startWhip, type TestWhip } from '../../../support/whip.ts'
import { type AiortcPublisher, type PublisherOptions, startPublisher } from '../../../support/whip-aiortc.ts'

/** An endpoint and its publishers, which are gone after the test. */
class Stage {
  readonly whip: TestWhip
  readonly #publishers: AiortcPublisher[] = []

  private constructor(whip: TestWhip, { onTestFinished }: TestContext) {
    this.whip = whip
    onTestFinished(async () => {
      await Promise.all(this.#publishers.map((publisher) => publisher.end()))
      await whip.stop()
    })
  }

  static async open(context: TestContext): Promise<Stage> {
    return new Stage(await startWhip(), context)
  }

  start(options: PublisherOptions = {}): AiortcPublisher {
    const publisher = startPublisher(this.whip, options)
    this.#publishers.push(publisher)
    return publisher
  }

  async publish(options: PublisherOptions = {}): Promise<{ publisher: AiortcPublisher; source: Source }> {
    const count = this.whip.publications.length
    const publisher = this.start(options)
    expect(await publisher.report('status')).toBe(201)
    const { source } = await eventually('the publisher is connected', () => this.whip.publications[count])
    return { publisher, source }
  }
}

/** Reads the source until `enough` says so, and looks at what was read. */
async function record(source: Source, enough: () => Promise<unknown>) {
  const feed = source.open()
  if (!feed) throw new Error('nothing to read')
  const looked = withRecording(feed, findFlashesAndBeeps)
  await enough()
  feed.push(null)
  return looked
}
const receives = (source: Source, seconds: number) => {
  const startMs = performance.now()
  const before = source.bytesReceived
  return () =>
    eventually(
      `${seconds} s of media`,
      () => source.bytesReceived > before && performance.now() - startMs > seconds * 1_000,
    )
}

describe('a publisher that is no browser', () => {
  it.for([
    ['H.264', { codec: 'video/H264' }, { codec: 'h264', profile: 'Constrained Baseline' }],
    ['H.264, candidates afterwards', { codec: 'video/H264', trickle: true }, { codec: 'h264' }],
    ['VP8', { codec: 'video/VP8' }, { codec: 'vp8', profile: null }],
  ] as const)('is seen and heard in sync: %s', async ([, options, video], context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish(options)
    expect(await source.ready).toMatchObject({
      protocol: 'whip',
      video: { ...video, width: 320, height: 180 },
      audio: { codec: 'opus', sample_rate: 48_000, channels: 2 },
    })
    const seen = await record(source, receives(source, 4.2))
    if ('trickle' in options) expect(await publisher.report('patched')).toBe(204)
    expect(seen.errors).toEqual([])
    expect(seen.offsetsMs.length).toBeGreaterThanOrEqual(3)
    expect(Math.abs(median(seen.offsetsMs))).toBeLessThan(60)
    expect(Math.abs((source.describe().video?.fps ?? 0) - 15)).toBeLessThan(4)
    expect(source.describe().bitrate_kbps).toBeGreaterThan(10)
  })

  it('ends the source at once with DELETE, and leaves nothing behind', async (context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish()
    await source.ready
    publisher.order({ delete: true })
    expect(await publisher.report('deleted')).toBe(200)
    expect(await source.ended).toEqual({ reason: 'ended', detail: 'The publisher ended the stream.' })
    publisher.order({ delete: true })
    await eventually('a second DELETE finds nothing', () => publisher.reports.some(({ deleted }) => deleted === 404))
  })

  it('ends the source at once when it says goodbye over RTCP', async (context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish()
    await source.ready
    const startMs = performance.now()
    publisher.order({ close: true })
    expect((await source.ended).reason).toBe('ended')
    expect(performance.now() - startMs).toBeLessThan(4_500)
  })

  it('is missed within five seconds when it is killed, and may come back', async (context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish()
    await source.ready
    const startMs = performance.now()
    await publisher.end('SIGKILL')
    expect(await source.ended).toMatchObject({ reason: 'lost', detail: expect.stringContaining('fell silent') })
    expect(performance.now() - startMs).toBeLessThan(9_000)
    const again = await stage.publish()
    expect((await again.source.ready).video).toMatchObject({ width: 320 })
  })

  it('that freezes for two seconds goes on in the same source, in sync', async (context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish()
    await source.ready
    const frozen = async () => {
      process.kill(publisher.pid, 'SIGSTOP')
      const bytes = source.bytesReceived
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      process.kill(publisher.pid, 'SIGCONT')
      await eventually('media comes again', () => source.bytesReceived > bytes + 1_000)
      await receives(source, 6)()
    }
    const seen = await record(source, frozen)
    expect(seen.errors).toEqual([])
    expect(Math.abs(median(seen.offsetsMs.slice(-3)))).toBeLessThan(80)
  })

  it('may change its size in mid-stream', async (context) => {
    const stage = await Stage.open(context)
    const { publisher, source } = await stage.publish()
    await source.ready
    const seen = await record(source, async () => {
      await receives(source, 1.5)()
      publisher.order({ size: [480, 272] })
      await eventually('the new size is told', () => source.describe().video?.width === 480)
      await receives(source, 2.5)()
    })
    expect(seen.sizes).toEqual(['320,180', '480,272'])
    expect(seen.errors).toEqual([])
    expect(Math.abs(median(seen.offsetsMs))).toBeLessThan(60)
  })

  it('gives a later reader a keyframe at once', async (context) => {
    const stage = await Stage.open(context)
    const { source } = await stage.publish()
    await source.ready
    await receives(source, 3)()
    const startMs = performance.now()
    const feed = source.open()
    const first = await new Promise<Buffer>((resolve) => {
      let bytes = Buffer.alloc(0)
      feed?.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk])
        // Behind the header, a first cluster.
        if (bytes.includes(Buffer.from('1f43b675', 'hex'))) resolve(bytes)
      })
    })
    expect(performance.now() - startMs).toBeLessThan(4_000)
    expect(first.subarray(0, 4).toString('hex')).toBe('1a45dfa3')
  })

  it('may come and go ten times', async (context) => {
    const stage = await Stage.open(context)
    for (let time = 0; time < 10; time++) {
      const { publisher, source } = await stage.publish()
      expect((await source.ready).video).toMatchObject({ width: 320 })
      publisher.order({ delete: true })
      await source.ended
      await publisher.end()
    }
    expect(stage.whip.publications).toHaveLength(10)
  })

  it('with a wrong key is refused before anything is made for it', async (context) => {
    const stage = await Stage.open(context)
    const publisher = stage.start({ key: 'wrong' })
    expect(await publisher.report('status')).toBe(401)
    expect(stage.whip.publications).toEqual([])
  })
})
