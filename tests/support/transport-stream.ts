import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'

const cacheFolder = new URL('../../.cache/media/', import.meta.url)

/** A picture and a tone in 320x180 at 25 fps with a keyframe each second; `seconds` long. */
export const tsInputs = (seconds: number) => ({
  picture: ['-f', 'lavfi', '-t', String(seconds), '-i', 'testsrc2=s=320x180:r=25'],
  tone: ['-f', 'lavfi', '-t', String(seconds), '-i', 'sine=frequency=330:sample_rate=48000'],
})

export const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-sc_threshold', '0']
export const aac = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2']

/** Path of a transport stream that FFmpeg makes with these arguments; made once, then kept. */
export async function tsFixture(args: readonly string[]): Promise<string> {
  const all = [...args, '-f', 'mpegts']
  const key = createHash('sha256').update(all.join('\0')).digest('hex').slice(0, 16)
  const file = new URL(`${key}.ts`, cacheFolder).pathname
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) return file
  await mkdir(cacheFolder, { recursive: true })
  // Two test files may ask at once: each writes its own file, the rename is atomic and the content the same.
  const draft = `${file}.${randomUUID()}`
  try {
    await execa('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...all, draft], { timeout: 100_000 })
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
  return file
}

/** H.264 (B-frames if asked for) and AAC, as most encoders send it. With `noise` it reaches high bit rates. */
export function avFixture({ seconds = 4, bFrames = false, kbps = 600, noise = false } = {}): Promise<string> {
  const { picture, tone } = tsInputs(seconds)
  const order = bFrames ? ['-preset', 'veryfast', '-bf', '2'] : ['-tune', 'zerolatency']
  const filter = noise ? ['-vf', 'noise=alls=60:allf=t'] : []
  const rate = ['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`]
  return tsFixture([...picture, ...tone, ...filter, ...x264, ...order, ...rate, ...aac])
}

/** Hash of each decoded picture or of each audio packet of a file; fails on any complaint of the decoder. */
export async function decoded(file: string, kind: 'v' | 'a'): Promise<string[]> {
  const codec = kind === 'a' ? ['-c', 'copy'] : []
  const args = ['-v', 'warning', '-nostdin', '-i', file, '-map', `0:${kind}`, ...codec, '-f', 'framemd5', '-']
  const { stdout, stderr } = await execa('ffmpeg', args)
  expect(stderr).toBe('')
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.split(',').at(-1)?.trim() ?? '')
}

/** As `decoded`, for bytes. */
export async function decodedBytes(bytes: Buffer, kind: 'v' | 'a'): Promise<string[]> {
  const file = join(tmpdir(), `weir-${randomUUID()}.ts`)
  try {
    await writeFile(file, bytes)
    return await decoded(file, kind)
  } finally {
    await rm(file, { force: true })
  }
}

/** The pictures of a stream that was cut off anywhere: without the last one, which may be half there. */
export function decodedUntilCut(bytes: Buffer): Promise<string[]> {
  const videoPid = 0x100 // As FFmpeg's muxer numbers them.
  let last = 0
  for (let at = 0; at + 188 <= bytes.length; at += 188) {
    const head = bytes.readUInt16BE(at + 1)
    if ((head & 0x1fff) === videoPid && (head & 0x4000) !== 0) last = at
  }
  return decodedBytes(bytes.subarray(0, last), 'v')
}
