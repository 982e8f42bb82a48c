import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EnvironmentError } from '#schema/environment.ts'
import { ControlRefusal, ControlUnreachable } from '#worker/agent/control-client.ts'
import { readArguments, settingOptions, UsageError } from '#worker/command/arguments.ts'
import { readCommandLine } from '#worker/command/command-line.ts'
import { exitStatusOf } from '#worker/command/exit-status.ts'
import { helpText } from '#worker/command/help.ts'
import { inUrl, isPrivate, reachControl } from '#worker/command/reach-control.ts'
import { DataFolderError } from '#worker/command/state-folder.ts'
import { listenOrExplain, PortError } from '#worker/listen.ts'
import { FfmpegUnusableError } from '#worker/transcode/ffmpeg-binary.ts'

let control: Server
let controlUrl: string
let answer: { status: number; body: string }
let folder: string

beforeAll(async () => {
  control = createServer((_request, response) => response.writeHead(answer.status).end(answer.body))
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
  controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), 'weir-command-'))
})
beforeEach(() => {
  answer = { status: 200, body: '{"keys":[]}' }
})
afterAll(async () => {
  control.close()
  await rm(folder, { recursive: true, force: true })
})

describe('the command line', () => {
  it.each([
    [[], { kind: 'run', settings: {} }],
    [
      ['--data-dir', '/srv/w', '--name=One'],
      { kind: 'run', settings: { WEIR_DATA_DIR: '/srv/w', WEIR_WORKER_NAME: 'One' } },
    ],
    [
      ['join', 'https://weir.example/', '--token-file', '-', '--public-host', 'w1.example'],
      {
        ...{ kind: 'join', controlUrl: 'https://weir.example', tokenFile: '-' },
        settings: { WEIR_PUBLIC_HOST: 'w1.example' },
      },
    ],
    [['join', '--help'], { kind: 'help' }],
    [['--version'], { kind: 'version' }],
  ])('%j is understood', (words, command) => {
    expect(readArguments(words)).toEqual(command)
  })

  it.each([
    [['join'], /Name the control plane to join/],
    [['join', 'weir.example'], /not the address of a control plane/],
    [['join', 'https://weir.example/v1'], /not the address of a control plane/],
    [['join', 'https://weir.example', 'the-token'], /Name the control plane/],
    [['join', 'https://weir.example', '--token', 'the-token'], /can be read by everybody on this machine/],
    [['--nmae', 'x'], /There is no option --nmae/],
    [['--name'], /--name needs a value/],
    [['start'], /There is no command "start"/],
    [['--token-file', 'x'], /is for joining/],
  ])('%j is answered with what to write', (words, message) => {
    expect(() => readArguments(words)).toThrow(message)
    expect(() => readArguments(words)).toThrow(UsageError)
  })

  it('is told of whole in the help', () => {
    for (const option of [...Object.keys(settingOptions), '--token-file', '--help', '--version'])
      expect(helpText).toContain(option)
    for (const name of ['WEIR_WORKER_LABELS', 'WEIR_DRAIN_TIMEOUT=0', 'WEIR_OFFLINE_GRACE=900'])
      expect(helpText).toContain(name)
    expect(helpText).not.toContain('WEIR_DATABASE_URL')
  })
})

describe('joining by command', () => {
  it('takes the token from a file or the environment, and keeps where it belongs, never the token', async () => {
    const words = ['join', controlUrl, '--data-dir', join(folder, 'a'), '--name', 'Hall 3']
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'the-token\n')
    const joined = { WEIR_CONTROL_URL: controlUrl, WEIR_WORKER_NAME: 'Hall 3', WEIR_DATA_DIR: join(folder, 'a') }
    expect(await readCommandLine([...words, '--token-file', tokenFile], {})).toMatchObject({
      ...joined,
      WEIR_JOIN_TOKEN: 'the-token',
    })
    expect(await readCommandLine(words, { WEIR_JOIN_TOKEN: 'another' })).toMatchObject({ WEIR_JOIN_TOKEN: 'another' })
    const kept = join(folder, 'a/worker/joined.json')
    expect(await readFile(kept, 'utf8')).not.toContain('the-token')
    expect((await stat(kept)).mode & 0o777).toBe(0o600)

    const again = await readCommandLine(['--data-dir', join(folder, 'a')], { WEIR_WORKER_NAME: 'Hall 4' })
    expect(again).toEqual({ ...joined, WEIR_WORKER_NAME: 'Hall 4' })

    await writeFile(join(folder, 'a/worker/identity.json'), '{}')
    answer = { status: 500, body: '' }
    expect(await readCommandLine(words, {})).toEqual(joined)
    await expect(readCommandLine(['join', 'http://127.0.0.1:1', ...words.slice(2)], {})).rejects.toThrow(
      /belongs to http:\/\/127\.0\.0\.1:\d+ already\. Take another --data-dir/,
    )
  })

  it.each([
    ['does not listen', 'http://127.0.0.1:1', {}, ControlUnreachable, /nothing listens at 127\.0\.0\.1:1/],
    ['has no such name', 'http://weir.invalid', {}, ControlUnreachable, /the name weir\.invalid is not known/],
    [
      'is something else',
      '',
      { status: 404, body: 'Not found' },
      ControlUnreachable,
      /answers something else than Weir/,
    ],
    ['has a fault', '', { status: 503, body: '{}' }, ControlRefusal, /has a fault \(503\)/],
  ])('a control plane that %s is told of in words', async (_, url, wrong, kind, words) => {
    answer = { ...answer, ...wrong }
    const refused = reachControl(url || controlUrl)
    await expect(refused).rejects.toThrow(words)
    await expect(refused).rejects.toBeInstanceOf(kind)
  })

  it('knows addresses that machines of others do not reach', () => {
    expect(['10.1.2.3', '172.20.0.1', '192.168.1.9', '100.64.0.1', 'fd00::1', 'fe80::1'].map(isPrivate)).not.toContain(
      false,
    )
    expect(['8.8.8.8', '172.32.0.1', '2001:db8::1', 'weir.example'].map(isPrivate)).not.toContain(true)
    expect([inUrl('10.0.0.7'), inUrl('fe80::1%eth0')]).toEqual(['10.0.0.7', '[fe80::1]'])
  })
})

describe('the data folder', () => {
  it("is one worker's alone, until its process ends", async () => {
    const words = ['--data-dir', join(folder, 'shared')]
    await mkdir(join(folder, 'shared/worker'), { recursive: true })
    const other = new DatabaseSync(join(folder, 'shared/worker/lock'))
    other.exec('BEGIN EXCLUSIVE')
    await expect(readCommandLine(words, {})).rejects.toThrow(/^Another worker is at work with the data folder/)
    other.close()
    await readCommandLine(words, {})
    await readCommandLine(words, {})
  })

  it("that can't be written is told of in words", async () => {
    await writeFile(join(folder, 'file'), '')
    const refused = readCommandLine(['--data-dir', join(folder, 'file')], {})
    await expect(refused).rejects.toThrow(/can't be written\. Give this user the right to it/)
  })
})

describe("a listener that can't be opened", () => {
  it.each([
    ['EADDRINUSE', /^Port 1935 is in use by another program\. Stop that program or set WEIR_RTMP_PORT/],
    ['EACCES', /^Port 1935 can't be opened by this user\. Set WEIR_RTMP_PORT to a port of 1024 or above/],
    ['EADDRNOTAVAIL', /^This machine does not have the address to listen on\. Set WEIR_HOST/],
    ['EMFILE', /^Port 1935 can't be opened \(EMFILE\)/],
  ])('for %s says what to change', async (code, words) => {
    const listening = listenOrExplain('WEIR_RTMP_PORT', 1935, () =>
      Promise.reject(Object.assign(new Error(), { code })),
    )
    await expect(listening).rejects.toThrow(words)
  })
})

describe('the exit status', () => {
  it.each([
    [2, new UsageError('')],
    [2, new EnvironmentError('')],
    [3, new FfmpegUnusableError('ffmpeg_missing', '')],
    [3, new PortError('')],
    [3, new DataFolderError('')],
    [4, new ControlRefusal(401, {})],
    [5, new ControlUnreachable('')],
    [1, new Error('')],
  ])('is %i for %s', (status, error) => {
    expect(exitStatusOf(error)).toBe(status)
  })
})
