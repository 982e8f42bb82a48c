import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { GopFeed } from '#worker/ingest/gop-feed.ts'

const head = [Buffer.from('<head>')]
const big = Buffer.alloc(50_000, 'x')

/** A feed that nobody can hold back, with small limits, and what it tells. */
function feedOf(): { feed: GopFeed; told: string[] } {
  const told: string[] = []
  const feed = new GopFeed({
    maxBytes: 100_000,
    skipAtBytes: 200_000,
    onFull: () => told.push('full'),
    onDrained: () => told.push('drained'),
  })
  return { feed, told }
}

async function textOf(reader: Readable): Promise<string> {
  await setImmediate()
  let text = ''
  for (let chunk = reader.read(); chunk !== null; chunk = reader.read()) text += chunk
  return text
}

describe('GopFeed', () => {
  it('lets nothing through that needs a keyframe, while it is not known whether there is a picture', async () => {
    const { feed } = feedOf()
    const reader = feed.open(head)
    feed.hasVideo = true
    feed.write('frame', Buffer.from('<f>'))
    feed.write('keyframe', Buffer.from('<k>'))
    feed.write('frame', Buffer.from('<g>'))
    expect(await textOf(reader)).toBe('<head><k><g>')
  })

  it('takes what a reader is too far behind away from it, and goes on at the next keyframe', async () => {
    const { feed, told } = feedOf()
    feed.hasVideo = true
    const reader = feed.open(head)
    told.splice(0)
    feed.write('keyframe', big)
    for (let index = 0; index < 20; index++) feed.write('frame', big)
    expect(told).toEqual(['full'])
    feed.write('keyframe', Buffer.from('<k>'))
    feed.write('frame', Buffer.from('<f>'))
    const text = await textOf(reader)
    expect(text.length).toBeLessThan(200_000 + 64 * 1024)
    expect(text).toMatch(/x<k><f>$/)
    expect(told).toEqual(['full', 'drained'])
  })

  it('ends the reader at a cut and hands out nothing from before it', async () => {
    const { feed } = feedOf()
    feed.hasVideo = true
    const reader = feed.open(head)
    feed.write('keyframe', Buffer.from('<k0>'))
    feed.cut()
    feed.write('keyframe', Buffer.from('<k1>'))
    expect(Buffer.concat(await reader.toArray()).toString()).toBe('<head><k0>')
    expect(await textOf(feed.open(head))).toBe('<head><k1>')
  })

  it('lets a reader go on beside the one that takes its place, and ends it for a third', async () => {
    const { feed, told } = feedOf()
    feed.hasVideo = true
    const first = feed.open(head)
    feed.write('keyframe', Buffer.from('<k>'))
    const second = feed.open(head)
    feed.write('frame', Buffer.from('<f>'))
    expect(await textOf(first)).toBe('<head><k><f>')
    expect(await textOf(second)).toBe('<head><k><f>')
    told.splice(0)
    feed.open(head)
    await setImmediate()
    expect([first.destroyed, second.destroyed]).toEqual([true, false])
  })

  it('ends a reader that falls behind once another has its place, and holds nobody back for it', async () => {
    const { feed, told } = feedOf()
    feed.hasVideo = true
    const former = feed.open(head)
    feed.write('keyframe', Buffer.from('<k>'))
    const reader = feed.open(head)
    told.splice(0)
    for (let index = 0; index < 8; index++) {
      feed.write('frame', big)
      await textOf(reader)
    }
    expect([former.destroyed, reader.destroyed]).toEqual([true, false])
    expect(told).toEqual([])
  })
})
