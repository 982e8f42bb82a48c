import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { flvHeader, flvTag } from '#worker/ingest/rtmp/flv.ts'
import { FlvFeed } from '#worker/ingest/rtmp/flv-feed.ts'

/** A feed that notes what it tells the encoder's side, with small limits: a tag costs its length and 256 bytes. */
function feedOf(maxBytes = 4_096): { feed: FlvFeed; told: string[] } {
  const told: string[] = []
  const feed = new FlvFeed({
    maxBytes,
    onFull: () => told.push('full'),
    onDrained: () => told.push('drained'),
  })
  return { feed, told }
}

const tag = (name: string) => Buffer.from(`<${name}>`)

/** What a reader has got by now. */
async function textOf(reader: Readable): Promise<string> {
  await setImmediate()
  let text = ''
  for (let chunk = reader.read(); chunk !== null; chunk = reader.read()) text += chunk
  return text
}

const both = { video: true, audio: true }

describe('FlvFeed', () => {
  it('gives a reader from the start every tag in order', async () => {
    const { feed } = feedOf()
    const reader = feed.open(tag('flv'), both)
    feed.write('audio', tag('a0'))
    feed.write('video_header', tag('vh'))
    feed.write('keyframe', tag('k0'))
    feed.write('frame', tag('f1'))
    feed.write('end', tag('e'))
    expect(await textOf(reader)).toBe('<flv><a0><vh><k0><f1><e>')
  })

  it('gives a late reader the newest headers, then the newest GOP', async () => {
    const { feed } = feedOf()
    feed.write('video_header', tag('old'))
    feed.write('keyframe', tag('k0'))
    feed.write('video_header', tag('vh'))
    feed.write('audio_header', tag('ah'))
    feed.write('metadata', tag('m'))
    feed.write('keyframe', tag('k1'))
    feed.write('audio', tag('a1'))
    const reader = feed.open(tag('flv'), both)
    feed.write('frame', tag('f2'))
    expect(await textOf(reader)).toBe('<flv><m><vh><ah><k1><a1><f2>')
  })

  it('leaves out the header of a track that its reader does not want', async () => {
    const { feed } = feedOf()
    feed.write('video_header', tag('vh'))
    feed.write('audio_header', tag('ah'))
    feed.write('keyframe', tag('k0'))
    feed.write('audio', tag('a0'))
    const reader = feed.open(tag('flv'), { video: true, audio: false })
    feed.end()
    expect(await textOf(reader)).toBe('<flv><vh><k0><a0>')
  })

  it('gives a reader the same GOP again after one that died in it', async () => {
    const { feed } = feedOf()
    feed.write('video_header', tag('vh'))
    const first = feed.open(tag('flv'), both)
    feed.write('keyframe', tag('k0'))
    expect(await textOf(first)).toContain('<k0>')
    first.destroy()
    feed.write('frame', tag('f1'))
    expect(await textOf(feed.open(tag('flv'), both))).toBe('<flv><vh><k0><f1>')
  })

  it('lets a late reader wait for a keyframe when the GOP was too big to keep', async () => {
    const { feed } = feedOf(1_000)
    feed.write('video_header', tag('vh'))
    feed.write('keyframe', Buffer.alloc(900))
    feed.write('frame', tag('f1'))
    const reader = feed.open(tag('flv'), both)
    feed.write('frame', tag('f2'))
    feed.write('audio', tag('a2'))
    feed.write('keyframe', tag('k3'))
    feed.write('frame', tag('f4'))
    expect(await textOf(reader)).toBe('<flv><vh><a2><k3><f4>')
  })

  it('keeps the newest sound of a source without a picture, within the limit', async () => {
    const { feed } = feedOf(1_000)
    feed.write('audio_header', tag('ah'))
    for (let index = 0; index < 10; index++) feed.write('audio', tag(`a${index}`))
    const text = await textOf(feed.open(tag('flv'), both))
    expect(text).toMatch(/^<flv><ah>(<a\d>){1,3}$/)
    expect(text).toMatch(/<a9>$/)
  })

  it('says when its reader is too far behind, and when it has caught up', async () => {
    const { feed, told } = feedOf(200_000)
    const reader = feed.open(tag('flv'), both)
    told.splice(0)
    const big = Buffer.alloc(50_000)
    for (let index = 0; index < 6; index++) feed.write('keyframe', big)
    expect(told).toEqual(['full'])
    expect(await textOf(reader)).toHaveLength(5 + 6 * 50_000)
    expect(told).toEqual(['full', 'drained'])
  })

  it('bounds many tiny tags as well as few big ones', () => {
    const { feed, told } = feedOf(100_000)
    feed.open(tag('flv'), both).once('error', () => {})
    told.splice(0)
    for (let index = 0; index < 70_000; index++) feed.write('frame', Buffer.alloc(1))
    expect(told).toEqual(['full'])
  })

  it.each(['is destroyed', 'is replaced'])('lets the encoder go on when the reader that was behind %s', async (how) => {
    const { feed, told } = feedOf(100_000)
    const reader = feed.open(tag('flv'), both)
    told.splice(0)
    for (let index = 0; index < 6; index++) feed.write('keyframe', Buffer.alloc(50_000))
    expect(told).toEqual(['full'])
    if (how === 'is destroyed') reader.destroy()
    else feed.open(tag('flv'), both)
    await setImmediate()
    expect(told).toEqual(['full', 'drained'])
  })

  it('ends its reader after what was not read yet', async () => {
    const { feed } = feedOf()
    const reader = feed.open(tag('flv'), both)
    feed.write('keyframe', tag('k0'))
    feed.end()
    expect(await reader.toArray()).toEqual([Buffer.from('<flv>'), Buffer.from('<k0>')])
  })

  it('ends a reader that comes after the end', async () => {
    const { feed } = feedOf()
    feed.write('video_header', tag('vh'))
    feed.end()
    expect(Buffer.concat(await feed.open(tag('flv'), both).toArray()).toString()).toBe('<flv><vh>')
  })
})

describe('flvHeader', () => {
  it('announces what there is (FLV 10.1 E.2)', () => {
    expect(flvHeader({ video: true, audio: true }).toString('hex')).toBe('464c5601050000000900000000')
    expect(flvHeader({ video: true, audio: false })[4]).toBe(1)
    expect(flvHeader({ video: false, audio: true })[4]).toBe(4)
  })
})

describe('flvTag', () => {
  it('carries all 32 bits of the timestamp (E.4.1)', () => {
    const tagged = flvTag({ type: 9, timestamp: 0x89abcdef, streamId: 1, payload: Buffer.from('ff', 'hex') })
    expect(tagged.toString('hex')).toBe('09000001abcdef89000000ff0000000c')
  })
})
