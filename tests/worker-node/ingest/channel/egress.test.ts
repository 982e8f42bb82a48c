import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { type ChannelWatch, watchChannel, watchingStreamlinks } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'
import { type Egress, startEgress } from '#worker/ingest/egress/egress.ts'

let egress: Egress
let fake: FakeTwitch
let watch: ChannelWatch
const lookedUp: string[] = []
beforeAll(async () => {
  fake = await FakeTwitch.start()
  const lookup = async (host: string) => {
    lookedUp.push(host)
    return ['10.0.0.7']
  }
  egress = await startEgress({ rules: new AddressRules(), lookup })
})
afterEach(async () => {
  await watch.remove()
  lookedUp.length = 0
})
afterAll(() => Promise.all([egress.close(), fake.close()]))

describe('the way out of a channel', () => {
  it('is our own, which refuses what leads into a private network and says so', async () => {
    const environment = { PATH: process.env.PATH, NO_PROXY: '*' }
    watch = await watchChannel({ environment: {} }, { environment }, { egress })
    const { issue } = await eventually('it is said', () => (watch.state()?.issue ? watch.state() : undefined))
    expect(issue).toMatchObject({
      code: 'channel_address_refused',
      detail: 'The address leads into a private network (10.0.0.0/8).',
      fix: expect.stringContaining('WEIR_PULL_ALLOW'),
    })
    expect(new Set(lookedUp)).toContain('gql.twitch.tv')
  })

  it('is the proxy of the environment where there is one', async () => {
    fake.goLive()
    watch = await watchChannel(fake, {}, { egress })
    await eventually('media comes', () => (watch.source()?.bytes().length ?? 0) > 0)
    expect(lookedUp).toEqual([])
  })
})

describe('a fault of ours', () => {
  it('is told, and the channel is followed once it is mended', async () => {
    fake.goLive()
    const workDir = await mkdtemp(join(tmpdir(), 'weir-channel-'))
    await rm(workDir, { recursive: true })
    await writeFile(workDir, 'a file where a folder should be')
    watch = await watchChannel(fake, {}, { workDir })
    await eventually('it is said', () => watch.state()?.issue?.code === 'channel_own_fault')
    expect(watchingStreamlinks()).toEqual([])
    await rm(workDir)
    await mkdir(workDir)
    await eventually('media comes', () => (watch.source()?.bytes().length ?? 0) > 0)
  })
})
