import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { h264Level } from '#worker/transcode/h264-level.ts'

describe('the H.264 level (table A-1)', () => {
  it.each([
    [426, 240, 30, 500, '2.1'],
    [640, 360, 30, 1_000, '3.0'],
    [854, 480, 30, 1_500, '3.1'],
    [1280, 720, 30, 3_000, '3.1'],
    [1280, 720, 60, 4_000, '3.2'],
    [1920, 1080, 30, 5_000, '4.0'],
    [1080, 1920, 30, 5_000, '4.0'],
    [1920, 1080, 60, 7_000, '4.2'],
    [2560, 1440, 30, 9_000, '5.0'],
    [3840, 2160, 30, 20_000, '5.1'],
    [3840, 2160, 60, 30_000, '5.2'],
  ])('of %d×%d at %d frames/s and %d kbit/s is %s', (width, height, fps, kbps, level) => {
    expect(h264Level(width, height, fps, kbps)).toBe(level)
  })

  it('rises with the bit rate alone', () => {
    expect(h264Level(426, 240, 30, 4_001)).toBe('3.0')
    expect(h264Level(1920, 1080, 30, 20_001)).toBe('4.1')
  })

  it('is the highest for what no level holds', () => {
    expect(h264Level(7680, 4320, 60, 90_000)).toBe('5.2')
  })

  it('is one that x264 does not complain about', async () => {
    for (const [width, height, fps, kbps] of [
      [426, 240, 30, 450],
      [640, 360, 30, 850],
      [854, 480, 30, 1_350],
    ] as const) {
      const level = h264Level(width, height, fps, kbps * 1.1)
      const { stderr } = await execa('ffmpeg', [
        ...['-hide_banner', '-loglevel', 'warning', '-f', 'lavfi', '-i', `color=s=${width}x${height}:r=${fps}`],
        ...['-frames:v', '3', '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-level:v', level],
        ...['-b:v', `${kbps}k`, '-maxrate', `${kbps * 1.1}k`, '-bufsize', `${kbps}k`, '-f', 'null', '-'],
      ])
      expect(stderr).toBe('')
    }
  })
})
