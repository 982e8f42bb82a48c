import { readdir } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChannelWatch, watchChannel, watchingStreamlinks } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'
import { descendants, isAlive } from '#tests/support/processes.ts'
import type { ChannelOptions } from '#worker/ingest/channel/channel.ts'

let fake: FakeTwitch
let watch: ChannelWatch
beforeAll(async () => {
  fake = await FakeTwitch.start()
})
afterEach(async () => {
  await watch.remove()
  fake.reset()
})
afterAll(() => fake.close())

const start = async (options: Partial<ChannelOptions> = {}) => {
  watch = await watchChannel(fake, options)
}
/** Waits for a state whose issue has this code, or whose words have this in them. */
const told = (what: string) =>
  eventually(`the driver says ${what}`, () => {
    const state = watch.state()
    return state?.issue?.code === what || state?.detail.includes(what) ? state : undefined
  })
const mediaAfter = (bytes = 0, sources = 1) =>
  eventually('media comes', () => {
    const source = watch.source()
    return watch.sources.length >= sources && source && source.bytes().length > bytes ? source : undefined
  })
const streamlink = () => eventually('streamlink runs', () => watchingStreamlinks()[0])

describe('a channel that is not live', () => {
  it('is waited for, and said to be offline', async () => {
    await start()
    expect(await told('offline')).toEqual({
      state: 'waiting',
      detail: 'The channel is offline. It goes on air by itself once the channel is live.',
      issue: null,
    })
    expect(watch.sources).toHaveLength(0)
    const asked = fake.requests.length
    await eventually('it goes on asking', () => fake.requests.length > asked + 4)
  })

  it('is told apart from one that does not exist', async () => {
    fake.state = 'unknown'
    await start()
    expect((await told('channel_unknown')).state).toBe('failed')
    fake.state = 'offline'
    expect((await told('offline')).issue).toBeNull()
  })

  it('is told apart from a machine without network, which recovers by itself', async () => {
    fake.setOnline(false)
    await start()
    expect((await told('channel_unreachable')).issue?.fix).toContain('network')
    fake.setOnline(true)
    fake.goLive()
    await mediaAfter()
  })

  it('is told apart from one that is not shown in this region', async () => {
    fake.state = 'geoblocked'
    await start()
    const { detail, issue } = await told('channel_blocked')
    expect(detail).toContain('region')
    expect(issue?.fix).toContain('another region')
  })

  it('is told apart from one that only subscribers may see', async () => {
    fake.state = 'subscribers_only'
    await start()
    expect((await told('channel_refused')).issue?.fix).toContain('OAuth token')
  })

  it.each(['garbage', 'broken'] as const)('and a site that answers with %s are survived', async (state) => {
    fake.state = state
    await start()
    await eventually('something is said', () => watch.state()?.state === 'failed')
    fake.goLive()
    await mediaAfter()
  })
})

describe('a channel that is live', () => {
  it('becomes a source that says what it sends, with title, author and category', async () => {
    fake.goLive()
    await start()
    const { source } = await mediaAfter()
    expect(source.input).toEqual({ kind: 'stdin', format: 'mpegts' })
    expect(await source.ready).toMatchObject({
      protocol: 'twitch',
      video: { codec: 'h264', width: 320, height: 180, fps: 25 },
      audio: { codec: 'aac', sample_rate: 48_000 },
    })
    const said = { title: 'Fractions & decimals', author: 'Teacher', category: 'Science' }
    await eventually('the title is there', () => watch.channels.length === 1)
    expect(watch.channels).toEqual([said])
    fake.title = 'Roots\u0007 \u{1F331}'
    await eventually('the new title is there', () => watch.channels.length === 2)
    expect(watch.channels[1]).toEqual({ ...said, title: 'Roots  \u{1F331}' })
    expect(watch.sources).toHaveLength(1)
  })

  it('flows at its own pace, not segment by segment', async () => {
    fake.goLive()
    await start()
    const { bytes, atMs, lastByteAtMs } = await mediaAfter(500_000)
    // 30 s of media have so many bytes a second; one second and a group of pictures may come at once.
    const rate = fake.media.source.reduce((sum, segment) => sum + segment.length, 0) / 30
    const seconds = (lastByteAtMs() - atMs) / 1_000
    expect(bytes().length / rate).toBeLessThan(seconds + 2.2)
    expect(bytes().length / rate).toBeGreaterThan(seconds - 1)
  })

  it('goes on air by itself when it begins, ends in words, and comes back by itself', async () => {
    await start()
    await told('offline')
    fake.goLive()
    const { end, source } = await mediaAfter(50_000)
    await eventually('the title is there', () => watch.channels.at(-1))
    fake.goOffline()
    expect(await eventually('the source ends', end)).toEqual({
      reason: 'ended',
      detail: 'The channel has ended its broadcast.',
    })
    await eventually('the title is gone', () => watch.channels.at(-1) === null)
    fake.goLive()
    expect((await mediaAfter(0, 2)).source).not.toBe(source)
  })

  it('that vanishes or freezes without a word is lost, and looked for again', async () => {
    fake.goLive()
    await start({ timing: { silenceMs: 2_500 } })
    const { end } = await mediaAfter()
    fake.broadcast.freeze()
    expect((await eventually('the source ends', end)).reason).toBe('lost')
    fake.goLive()
    await mediaAfter(0, 2)
  })

  it('that sends no media is said to be unreadable, and does not make a source', async () => {
    fake.goLive('noise')
    await start()
    await told('channel_unreadable')
    expect(watch.sources).toHaveLength(0)
    fake.goLive()
    await mediaAfter()
  })
})

describe('the quality', () => {
  it('that was asked for is taken', async () => {
    fake.qualities = ['1080p60', '480p']
    fake.goLive()
    await start({ quality: '720p60,480p' })
    const { source } = await mediaAfter()
    expect((await source.ready).video?.width).toBe(160)
    expect(watch.states.every(({ issue }) => issue === null)).toBe(true)
  })

  it('that is not there gives way to the best, and an issue names those that are', async () => {
    fake.qualities = ['1080p60', '480p']
    fake.goLive()
    await start({ quality: '720p60' })
    const { source } = await mediaAfter()
    expect((await source.ready).video?.width).toBe(320)
    expect(watch.state()?.issue).toEqual({
      code: 'channel_quality_missing',
      severity: 'warning',
      detail: 'The quality "720p60" is not offered now; "1080p60" is taken instead. There are: 1080p60, 480p.',
      fix: 'Choose one of these qualities, or "best".',
    })
  })
})

describe('streamlink itself', () => {
  it('that is killed is started again, and the channel comes back', async () => {
    fake.goLive()
    await start()
    const { end } = await mediaAfter()
    process.kill(await streamlink(), 'SIGKILL')
    expect(await eventually('the source ends', end)).toMatchObject({ reason: 'lost' })
    await mediaAfter(0, 2)
  })

  it('that freezes is replaced', async () => {
    fake.goLive()
    await start({ timing: { silenceMs: 2_000 } })
    await mediaAfter()
    const frozen = await streamlink()
    process.kill(frozen, 'SIGSTOP')
    await mediaAfter(0, 2)
    expect(isAlive(frozen)).toBe(false)
  })

  it('survives ten kills in a row without leaving anything behind', async () => {
    fake.goLive()
    await start({ timing: { firstBackoffMs: 10, longestBackoffMs: 20 } })
    const killed: number[] = []
    for (let time = 1; time <= 10; time++) {
      const pid = await eventually('a new streamlink runs', () =>
        watchingStreamlinks().find((one) => !killed.includes(one)),
      )
      process.kill(pid, 'SIGKILL')
      killed.push(pid)
    }
    const before = watch.sources.length
    await mediaAfter(0, before + 1)
    expect(watchingStreamlinks()).toHaveLength(1)
    expect(watch.sources.slice(0, -1).every(({ end }) => end() !== undefined)).toBe(true)
  })

  it('that is missing is said so, with the command to install it', async () => {
    await start({ streamlinkPath: '/nowhere/streamlink' })
    expect(await told('streamlink_missing')).toMatchObject({
      state: 'failed',
      issue: { severity: 'error', fix: expect.stringContaining('apt-get install streamlink') },
    })
  })

  it('that does not know the site is said so, and nobody is asked', async () => {
    await start({ url: 'https://www.example.org/page' })
    await told('channel_site_unknown')
    expect(fake.requests).toEqual([])
    expect(fake.refusedHosts).toEqual([])
  })

  it.each(['https://127.0.0.1/live', 'http://[::1]/', 'https://localhost/x', '--player=sh', 'file:///etc/passwd'])(
    'is not started for %s, which is no page of a channel',
    async (url) => {
      await start({ url })
      expect(watch.state()?.issue?.code).toBe('channel_address_invalid')
      expect(descendants(process.pid, 'streamlink')).toEqual([])
    },
  )
})

describe('stopping', () => {
  it.each(['offline', 'live'] as const)('ends every process and removes every file while %s', async (state) => {
    if (state === 'live') fake.goLive()
    await start({ oauthToken: fake.acceptedToken })
    if (state === 'live') await mediaAfter()
    else await told('offline')
    const pid = await streamlink()
    expect(await readdir(watch.workDir)).toEqual(['streamlink'])
    await watch.stop()
    expect(isAlive(pid)).toBe(false)
    expect(descendants(process.pid, 'streamlink')).toEqual([])
    expect(await readdir(watch.workDir)).toEqual([])
    if (state === 'live') expect(watch.source()?.end()?.reason).toBe('ended')
  })
})
