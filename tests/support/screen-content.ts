import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import type { Screen } from './screen-drawing.ts'
import { type ScreenContent, screenScript } from './screen-script.ts'

const cacheFolder = new URL('../../.cache/screen/', import.meta.url)

/**
 * Path of a lossless file that shows a screen as a teacher would share it: the same pictures in each run, drawn with the
 * system's own monospaced font. Made once, then kept.
 */
export async function screenFixture(content: ScreenContent, screen: Screen): Promise<string> {
  const script = screenScript(content, screen)
  const key = createHash('sha256').update(`${script} ${screen.fps}`).digest('hex').slice(0, 16)
  const file = new URL(`${content}-${key}.mkv`, cacheFolder).pathname
  if (await isThere(file)) return file
  await mkdir(cacheFolder, { recursive: true })
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(`${draft}.ass`, script)
    await execa('ffmpeg', [...drawing(`${draft}.ass`, screen), draft], { timeout: 100_000 })
    await rename(draft, file)
  } finally {
    await Promise.all([rm(draft, { force: true }), rm(`${draft}.ass`, { force: true })])
  }
  return file
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

function drawing(script: string, { width, height, fps, seconds }: Screen): string[] {
  const ground = `color=c=black:s=${width}x${height}:r=${fps}:d=${seconds},format=gbrp`
  const toVideo = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p'
  return [
    ...['-hide_banner', '-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', `${ground},ass=${script},${toVideo}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', '-f', 'matroska'],
  ]
}
