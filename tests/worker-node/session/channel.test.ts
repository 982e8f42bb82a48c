import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { quickTiming, watchingStreamlinks } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'
import { bearSlowMachine } from '#tests/support/patient-gate.ts'
import { startChannel } from '#worker/ingest/channel/channel.ts'
import type { OpenInput } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { jobOf, noUploads, recordedLog } from '../agent/registry-under-test.ts'

let ffmpeg: FfmpegBinary
let folder: string
let fake: FakeTwitch
let session: Session
let events: { type: string; atMs: number }[]
beforeAll(async () => {
  bearSlowMachine()
  ffmpeg = await findFfmpeg()
  folder = await mkdtemp(join(tmpdir(), 'weir-session-channel-'))
  fake = await FakeTwitch.start()
})
afterEach(async () => {
  await session.end('completed')
  fake.reset()
})
afterAll(async () => {
  await fake.close()
  await rm(folder, { recursive: true, force: true })
})

function start(): void {
  events = []
  const input: OpenInput = {
    ...{ id: 'channel', type: 'channel', priority: 1, url: FakeTwitch.url, quality: 'best', oauthToken: null },
  }
  const { log } = recordedLog()
  const environment = { PATH: process.env.PATH, ...fake.environment }
  session = new Session({
    open: { job: jobOf({ inputs: [input] as never }), inputs: [input], srtPassphrase: '', destinations: [] },
    host: {
      ...{ ffmpeg, freeEncodeUnits: () => 2, slateDir: join(folder, 'slates'), log, fetchAsset: noUploads },
      startDriver: (_, host) =>
        startChannel({ ...input, environment, timing: quickTiming }, { ...host, log, ffmpeg, workDir: folder }),
    },
    onEvent: (type) => events.push({ type, atMs: performance.now() }),
    onOver: () => {},
  })
}

const status = (wanted: string) =>
  eventually(`the stream is ${wanted}`, () => session.report().status === wanted, { timeoutMs: 30_000 })
const times = (type: string) => events.filter((event) => event.type === type).length

describe('a stream of a channel', () => {
  it.each([4, 12])(
    'shows the slate in an ad break of %d s, and is back soon after it, in the same session',
    async (seconds) => {
      fake.goLive()
      start()
      await status('active')
      const pids = watchingStreamlinks()
      fake.broadcast.showAds(seconds)
      await status('reconnecting')
      await eventually('the ads are over', () => !fake.broadcast.showsAds)
      const overAtMs = performance.now()
      await status('active')
      expect(performance.now() - overAtMs).toBeLessThan(6_000)
      // It stays on air: the picture after the break is not late for ever.
      const fetched = fake.requests.length
      await eventually('the channel goes on for some segments', () => fake.requests.length > fetched + 8)
      expect(session.report()).toMatchObject({
        status: 'active',
        inputs: [{ state: 'on_air', now: { protocol: 'twitch' } }],
      })
      expect(times('stream.reconnecting')).toBe(1)
      expect(watchingStreamlinks()).toEqual(pids)
    },
  )
})
