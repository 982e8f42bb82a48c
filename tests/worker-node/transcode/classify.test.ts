import { describe, expect, it } from 'vitest'
import { classifyStderr, redactStderr } from '#worker/transcode/classify.ts'

describe('what FFmpeg wrote to stderr', () => {
  it.each([
    ["[error] Unknown encoder 'libx264'", 'encoder_missing'],
    ["[fatal] Unknown encoder 'h264_videotoolbox'", 'hardware_encoder_failed'],
    ['[h264_nvenc @ 0x5617fa240d00] [error] Cannot load libcuda.so.1', 'hardware_encoder_failed'],
    ["[fatal] Failed to set value 'vaapi=gpu' for option 'init_hw_device'", 'hardware_encoder_failed'],
    ['[AVHWFramesContext @ 0x1] [error] Failed to create surface', 'hardware_encoder_failed'],
    ['[h264_vaapi @ 0x1] [warning] Driver does not support some wanted packed headers', 'encoder_failed'],
    ["[AVFilterGraph @ 0x1] [error] No such filter: 'drawtext'", 'filter_missing'],
    ['[Parsed_drawtext_0 @ 0x1] [error] Cannot find a valid font for the family Sans', 'font_missing'],
    ['[libx264 @ 0x1] [error] malloc of size 6220800 failed', 'out_of_memory'],
    ['[fatal] av_interleaved_write_frame(): No space left on device', 'disk_full'],
    ["[fatal] Stream specifier ':a:0' in filtergraph description matches no streams.", 'track_missing'],
    ['[error] pipe:0: Invalid data found when processing input', 'source_unreadable'],
    ['[error] av_interleaved_write_frame(): Broken pipe', 'pipe_closed'],
    ['[error] something new', 'encoder_failed'],
    ['', 'encoder_failed'],
  ])('%s is %s, in words that say what to do', (stderr, code) => {
    const fault = classifyStderr(stderr)
    expect(fault.code).toBe(code)
    expect(fault.detail).toMatch(/\.$/)
    expect(fault.detail).not.toContain(stderr || 'undefined')
  })

  it.each([
    ['rtmp://a.example/live/key-123: Input/output error', 'key-123'],
    ["Error opening 'https://user:pa55@b.example/x?token=t0p': 403", 'pa55'],
    ['SRT://c.example:9000?passphrase=hush1234&streamid=s', 'hush1234'],
    ['passphrase=hush1234', 'hush1234'],
    ['Authorization: Bearer abc.def', 'abc.def'],
    ['stream_key: live_42_secret', 'live_42_secret'],
  ])('does not give away the secret of "%s"', (stderr, secret) => {
    const redacted = redactStderr(`before\n${stderr}\nafter`)
    expect(redacted).not.toContain(secret)
    expect(redacted).toMatch(/^before\n.*•••.*\nafter$/)
  })
})
