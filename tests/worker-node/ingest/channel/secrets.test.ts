import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChannelWatch, commandLine, watchChannel } from '#tests/support/channel-watch.ts'
import { eventually } from '#tests/support/eventually.ts'
import { FakeTwitch } from '#tests/support/fake-twitch.ts'
import { descendants, isAlive, readyLine, startProcess } from '#tests/support/processes.ts'
import { ProgramFolder } from '#tests/support/programs.ts'

let fake: FakeTwitch
let watch: ChannelWatch | undefined
let folder: ProgramFolder
beforeAll(async () => {
  fake = await FakeTwitch.start()
  folder = await ProgramFolder.create()
})
afterEach(async () => {
  await watch?.remove()
  watch = undefined
  fake.reset()
})
afterAll(async () => {
  await fake.close()
  await folder.remove()
})

describe('the OAuth token', () => {
  it('reaches Twitch, from a file that only we can read, and stands in no argument, log or word', async () => {
    fake.goLive()
    watch = await watchChannel(fake, { oauthToken: fake.acceptedToken })
    const seen = new Set<string>()
    await eventually('the title is there', () => {
      for (const pid of descendants(process.pid)) seen.add(commandLine(pid))
      return watch?.channels.at(-1)
    })
    expect([...fake.authorizations]).toEqual([`OAuth ${fake.acceptedToken}`])
    expect([...seen].some((line) => line.includes('--json'))).toBe(true)
    expect([...seen].some((line) => line.includes('--stdout'))).toBe(true)
    expect([...seen].filter((line) => line.includes(fake.acceptedToken))).toEqual([])
    const home = join(watch.workDir, 'streamlink')
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    const [file] = (await readdir(home)).filter((name) => name.endsWith('.conf'))
    expect((await stat(join(home, file!))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(home, file!), 'utf8')).toContain(fake.acceptedToken)
    expectNoSecrets(fake.acceptedToken)
  })

  it('that Twitch does not accept is said to be so, without it', async () => {
    watch = await watchChannel(fake, { oauthToken: 'stale0token' })
    await eventually('it is said', () => watch?.state()?.issue?.code === 'channel_token_refused')
    expect(watch.state()?.issue?.fix).toContain('copy the token anew')
    expectNoSecrets('stale0token')
  })

  it.each(['geoblocked', 'subscribers_only', 'broken'] as const)(
    'and the playback token of an address stay out of everything when the channel is %s',
    async (state) => {
      fake.state = state
      watch = await watchChannel(fake, { oauthToken: fake.acceptedToken })
      await eventually('it is said', () => watch?.state()?.state === 'failed')
      expect(watch.log().length).toBeGreaterThan(100)
      expectNoSecrets(fake.acceptedToken, 'sig=', 'adblock', 'usher.ttvnw.net/')
    },
  )
})

function expectNoSecrets(...secrets: string[]) {
  const said = JSON.stringify([watch!.states, watch!.channels, watch!.sources.map(({ end }) => end()), watch!.log()])
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([])
}

describe('what belongs to whoever runs the worker', () => {
  it('is not read: neither configuration and plugins of streamlink nor .netrc', async () => {
    const home = join(folder.path, 'home')
    const config = join(home, '.config/streamlink')
    const plugins = join(home, '.local/share/streamlink/plugins')
    await mkdir(config, { recursive: true })
    await mkdir(plugins, { recursive: true })
    await writeFile(join(config, 'config'), 'this-option-does-not-exist\n')
    await writeFile(join(config, 'config.twitch'), 'neither-does-this\n')
    await writeFile(join(plugins, 'twitch.py'), 'import os\nos._exit(3)\n')
    await writeFile(join(home, '.netrc'), 'machine gql.twitch.tv login a password b\n')
    fake.goLive()
    const environment = { PATH: process.env.PATH, HOME: home, WEIR_SECRET: 'x', ...fake.environment }
    watch = await watchChannel(fake, { environment })
    await eventually('media comes', () => (watch?.source()?.bytes().length ?? 0) > 0)
    expect([...fake.authorizations]).toEqual([])
    const [pid] = descendants(process.pid, '--stdout')
    const given = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')
    expect(given.filter((line) => line.includes('WEIR_') || line.includes(home))).toEqual([])
    expect(fake.refusedHosts).toEqual([])
  })
})

it('streamlink dies with the worker, however the worker dies', async () => {
  const worker = startProcess(process.execPath, ['tests/support/channel-forever.ts'])
  try {
    const { folders } = await readyLine<{ folders: string[] }>('the worker', worker)
    const pids = descendants(worker.pid, '--stdout')
    expect(pids).toHaveLength(1)
    await worker.end('SIGKILL')
    await eventually('streamlink is gone', () => pids.every((pid) => !isAlive(pid)))
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
  } finally {
    await worker.end('SIGKILL')
  }
})
