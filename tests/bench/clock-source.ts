import { spawn } from 'node:child_process'
import { once } from 'node:events'

const width = 320
const height = 180
const fps = 25
/** The clock is painted as bits, white or black, in squares of this many pixels: large enough to survive any encode. */
export const bitPixels = 20
export const bitsPerRow = 16
export const clockBits = 32

/** Publishes a picture into which the wall clock is painted as it is made, with sound, in real time. */
export function publishClock(url: string): { stop(): Promise<void> } {
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'gray'],
      ...[
        '-s',
        `${width}x${height}`,
        '-r',
        String(fps),
        '-i',
        'pipe:0',
        '-f',
        'lavfi',
        '-i',
        'sine=frequency=440:sample_rate=48000',
      ],
      ...['-map', '0:v', '-map', '1:a', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast'],
      ...['-tune', 'zerolatency', '-g', String(fps), '-c:a', 'aac', '-shortest', '-f', 'flv', url],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  )
  child.stdin.on('error', () => {})
  const startedMs = performance.now()
  let frames = 0
  const timer = setInterval(() => {
    for (; (frames * 1000) / fps <= performance.now() - startedMs; frames++) child.stdin.write(paintClock(Date.now()))
  }, 5)
  return {
    stop: async () => {
      clearInterval(timer)
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

function paintClock(ms: number): Buffer {
  const picture = Buffer.alloc(width * height, 16)
  for (let bit = 0; bit < clockBits; bit++) {
    // Division instead of shifts: the clock has more than 32 bits; the lowest 32 are painted.
    const isSet = Math.floor(ms / 2 ** bit) % 2 === 1
    const left = (bit % bitsPerRow) * bitPixels
    const top = Math.floor(bit / bitsPerRow) * bitPixels
    for (let row = top; isSet && row < top + bitPixels; row++)
      picture.fill(235, row * width + left, row * width + left + bitPixels)
  }
  return picture
}
