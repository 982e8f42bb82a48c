import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { isAlive } from '#tests/support/processes.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { type FfmpegOptions, ffmpegEnvironment, startFfmpeg } from '#worker/transcode/ffmpeg-process.ts'

let programs: ProgramFolder
beforeAll(async () => {
  programs = await ProgramFolder.create()
})
afterAll(() => programs.remove())

/** Starts a shell script in the place of FFmpeg. */
async function start(body: string, options: Partial<FfmpegOptions> = {}) {
  const ffmpeg = await programs.ffmpeg(body)
  const signal = new AbortController().signal
  return startFfmpeg({ ffmpeg, args: [], stdin: false, sinks: [], signal, stopStepMs: 50, ...options })
}

describe('the end of an FFmpeg', () => {
  it('is `ended` when it leaves with 0', async () => {
    expect(await (await start('exit 0')).exited).toMatchObject({ reason: 'ended', code: 0, fault: null })
  })

  it('is `failed`, with the fault in words, when it leaves with an error', async () => {
    const { exited } = await start('echo "[error] pipe:0: Invalid data found when processing input" >&2; exit 1')
    const exit = await exited
    expect(exit).toMatchObject({ reason: 'failed', code: 1, fault: { code: 'source_unreadable' } })
    expect(exit.stderrTail).toContain('Invalid data')
  })

  it.each(['KILL', 'TERM', 'SEGV'])('is `killed` after somebody’s SIG%s', async (signal) => {
    expect(await (await start(`kill -${signal} $$`)).exited).toMatchObject({ reason: 'killed', code: null })
  })

  it('is `killed` when FFmpeg caught the signal and left with 255', async () => {
    expect((await (await start('exit 255')).exited).reason).toBe('killed')
  })

  it('is `failed` where the program does not exist', async () => {
    const ffmpeg = { path: '/nowhere/ffmpeg', version: '', launcher: [] }
    const lost = await start('', { ffmpeg, stdin: true, sinks: [() => {}] })
    expect(lost.pid).toBeUndefined()
    expect((await lost.exited).reason).toBe('failed')
    expect(await lost.stop()).toBe(await lost.exited)
  })
})

describe('stopping an FFmpeg', () => {
  const patient = 'echo ready >&3; while :; do sleep 0.02; done'

  async function started(body: string, options: Partial<FfmpegOptions> = {}) {
    const ready = Promise.withResolvers<void>()
    const running = await start(body, { sinks: [() => ready.resolve()], ...options })
    await ready.promise
    return running
  }

  it('asks kindly first', async () => {
    const running = await started(`trap 'echo got-int >&2; exit 255' INT; ${patient}`)
    expect(await running.stop()).toMatchObject({ reason: 'ended', code: 255, stderrTail: 'got-int\n' })
  })

  it('asks with SIGTERM next', async () => {
    const running = await started(`trap '' INT; trap 'echo got-term >&2; exit 255' TERM; ${patient}`)
    expect(await running.stop()).toMatchObject({ reason: 'ended', stderrTail: 'got-term\n' })
  })

  it('ends in SIGKILL for one that ignores both', async () => {
    const running = await started(`trap '' INT TERM; ${patient}`)
    expect(await running.stop()).toMatchObject({ reason: 'ended', code: null })
    expect(isAlive(running.pid!)).toBe(false)
  })

  it('once or five times is the same, also after the end', async () => {
    const running = await started(`trap '' INT TERM; ${patient}`)
    const exits = await Promise.all(Array.from({ length: 5 }, () => running.stop()))
    expect(new Set(exits).size).toBe(1)
    expect(await running.stop()).toBe(exits[0])
  })

  it('happens when the signal aborts', async () => {
    const abort = new AbortController()
    const running = await started(patient, { signal: abort.signal })
    abort.abort()
    expect((await running.exited).reason).toBe('ended')
  })

  it('happens at once when the signal was aborted before the start', async () => {
    const running = await start(patient, { signal: AbortSignal.abort(), sinks: [() => {}] })
    expect((await running.exited).reason).toBe('ended')
  })
})

describe('what FFmpeg writes', () => {
  it('goes to the sink of its descriptor', async () => {
    const texts = ['', '']
    const sinks = texts.map((_, index) => (chunk: Buffer) => {
      texts[index] += chunk.toString()
    })
    await (await start('echo three >&3; echo four >&4', { sinks })).exited
    expect(texts).toEqual(['three\n', 'four\n'])
  })

  it('that a sink can not read ends it, and the fault says so; the sink is not asked again', async () => {
    let calls = 0
    const sink = () => {
      calls++
      throw new Error('not a box')
    }
    const running = await start('while :; do echo x >&3; done', { sinks: [sink] })
    const exit = await running.exited
    expect(exit).toMatchObject({ reason: 'failed', fault: { code: 'output_unreadable' } })
    expect(exit.fault?.detail).toContain('not a box')
    expect(calls).toBe(1)
  })

  it('to stderr is kept to the last 64 Ki characters, whole lines only', async () => {
    const many = 'i=0; while [ $i -lt 4000 ]; do echo "line $i of a long story that nobody reads"; i=$((i+1)); done >&2'
    const { stderrTail } = await (await start(many)).exited
    expect(stderrTail.length).toBeLessThanOrEqual(64 * 1024)
    expect(stderrTail.length).toBeGreaterThan(60 * 1024)
    expect(stderrTail).toMatch(/^line \d+ of a long/)
    expect(stderrTail).toMatch(/line 3999 [^\n]*\n$/)
  })

  it('to stderr without an end of line is not kept in halves', async () => {
    const { stderrTail } = await (await start('head -c 300000 /dev/zero | tr "\\0" k >&2; printf "\\nend\\n" >&2'))
      .exited
    expect(stderrTail).toBe('end\n')
  })

  it('to stderr has no addresses and no keys in it, wherever the ring cut it', async () => {
    const leak =
      'i=0; while [ $i -lt 1700 ]; do printf "rtmp://live.example/app/s3cr3t-key %s " $i >&2; i=$((i+1)); done; echo >&2'
    const { stderrTail } = await (
      await start(`${leak}; echo "rtmp://live.example/app/s3cr3t-key: refused" >&2; exit 1`)
    ).exited
    expect(stderrTail).not.toContain('s3cr3t')
    expect(stderrTail).toMatch(/rtmp:\/\/[^ ]*•••/)
  })
})

describe('what FFmpeg is fed', () => {
  it('waits in the pipe: a full one makes write() say so, and drain comes when it is read', async () => {
    const running = await start('read -r go <&3; cat > /dev/null', { stdin: true, sinks: [() => {}] })
    const { stdin } = running
    const chunk = Buffer.alloc(64 * 1024)
    let accepted = 0
    while (stdin!.write(chunk)) accepted++
    expect(accepted).toBeLessThan(64)
    expect(stdin!.writableLength).toBeLessThan(1024 * 1024)
    void running.stop()
    await running.exited
  })

  it('flows on when it reads', async () => {
    const running = await start('cat > /dev/null', { stdin: true })
    for (let megabytes = 0; megabytes < 8; megabytes++)
      if (!running.stdin!.write(Buffer.alloc(1024 * 1024))) await once(running.stdin!, 'drain')
    running.stdin!.end()
    expect((await running.exited).reason).toBe('ended')
  })

  it('may be lost without an error when it leaves early', async () => {
    const running = await start('exec 0<&-; exit 1', { stdin: true })
    await eventually('the pipe is broken', () => {
      running.stdin!.write(Buffer.alloc(100_000))
      return running.stdin!.destroyed || running.stdin!.errored !== null
    })
    expect((await running.exited).reason).toBe('failed')
  })
})

it('gets the environment of the system without what is ours, and what is named like a secret', () => {
  const system = { PATH: '/bin', LIBVA_DRIVER_NAME: 'iHD', KEYBOARD: 'de', FONTCONFIG_PATH: '/etc/fonts' }
  const secrets = [
    'WEIR_METRICS_TOKEN',
    'WEIR_PORT',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'API_KEY',
    'GH_TOKEN',
  ]
  const all = { ...system, ...Object.fromEntries(secrets.map((name) => [name, 'x'])) }
  expect(ffmpegEnvironment(all)).toEqual(system)
})
