import { describe, expect, it } from 'vitest'
import { recordedLog } from '#tests/worker-node/agent/registry-under-test.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { FfmpegLog, readFfmpegLine } from '#worker/transcode/ffmpeg-log.ts'
import { startFfmpeg } from '#worker/transcode/ffmpeg-process.ts'

describe('a line of FFmpeg', () => {
  it.each([
    ['[h264 @ 0x5617fa240d00] [error] error while decoding MB 3 4', 'error', 'h264', 'error while decoding MB 3 4'],
    ['[fatal] Unknown encoder', 'error', undefined, 'Unknown encoder'],
    ['[swscaler @ 0x1] [warning] No accelerated conversion', 'warn', 'swscaler', 'No accelerated conversion'],
    ['[swscaler @ 0x1] [warning] deprecated pixel format used', 'debug', 'swscaler', 'deprecated pixel format used'],
    ['[info] Stream mapping:', 'debug', undefined, 'Stream mapping:'],
    ['  Stream #0:0: Video: h264', 'debug', undefined, '  Stream #0:0: Video: h264'],
  ])('%s', (line, level, module, text) => {
    expect(readFfmpegLine(line)).toEqual({ level, module, text })
  })
})

describe('the log of an FFmpeg', () => {
  it('has whole lines, with the ids of what it works for, classified, and without addresses', () => {
    const { log, lines } = recordedLog()
    const told = new FfmpegLog(log.child({ stream: 'ls_1', session: 'ses_1' }))
    told.push('[flv @ 0x1] [err')
    told.push(
      'or] rtmp://h/app/s3cr3t-key: No space left on device\n[x @ 0x2] [warning] twice\n[x @ 0x2] [warning] twice\n',
    )
    told.push('the last words')
    told.end()
    const said = lines.map((line) => JSON.parse(line) as object)
    expect(said).toMatchObject([
      ...[{ level: 'error', part: 'ffmpeg', stream: 'ls_1', session: 'ses_1', module: 'flv', code: 'disk_full' }],
      ...[
        { level: 'warn', msg: 'twice' },
        { level: 'debug', msg: 'the last words' },
      ],
      ...[{ level: 'warn', msg: 'twice (repeated 1 times)', repeated: 1 }],
    ])
    expect(lines.join('')).not.toContain('s3cr3t-key')
  })

  it('is written by every FFmpeg that is started with one', async () => {
    const { log, lines } = recordedLog()
    const { exited } = startFfmpeg({
      ffmpeg: { ...(await findFfmpeg()), log: log.child({ input: 'in_1' }) },
      args: ['-hide_banner', '-loglevel', 'level+warning', '-i', '/nonexistent/file.flv', '-f', 'null', '-'],
      stdin: false,
      sinks: [],
      signal: new AbortController().signal,
    })
    await exited
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        part: 'ffmpeg',
        input: 'in_1',
        pid: expect.any(Number),
        msg: expect.stringContaining('No such file'),
      }),
    )
  })
})
