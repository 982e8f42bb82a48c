import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { execa } from 'execa'

/** The media of the fake Twitch: MPEG-TS segments of one second, as FFmpeg makes them. Encoded once, then kept. */
export interface FakeTwitchMedia {
  /** 320×180; thirty seconds whose timestamps go on. */
  readonly source: readonly Buffer[]
  /** 160×90 of the same. */
  readonly small: readonly Buffer[]
  /** A red picture with a high tone: nothing of it may ever come through. Eight seconds. */
  readonly ads: readonly Buffer[]
}

export async function fakeTwitchMedia(): Promise<FakeTwitchMedia> {
  const [source, small, ads] = await Promise.all([
    segments('source', 'testsrc2=s=320x180:r=25', 330, 30),
    segments('small', 'testsrc2=s=160x90:r=25', 330, 30),
    segments('ads', 'color=red:s=320x180:r=25', 2000, 8),
  ])
  return { source, small, ads }
}

const cacheFolder = new URL('../../.cache/media/', import.meta.url)

async function segments(name: string, picture: string, toneHz: number, seconds: number): Promise<Buffer[]> {
  const folder = new URL(`fake-twitch-${name}/`, cacheFolder)
  await access(folder).catch(() => encode(folder.pathname, picture, toneHz, seconds))
  return Promise.all(Array.from({ length: seconds }, (_, index) => readFile(new URL(`${index}.ts`, folder))))
}

async function encode(folder: string, picture: string, toneHz: number, seconds: number): Promise<void> {
  const draft = `${folder.replace(/\/$/, '')}.${process.pid}`
  await mkdir(draft, { recursive: true })
  const tone = `sine=frequency=${toneHz}:sample_rate=48000`
  try {
    await execa(
      'ffmpeg',
      [
        ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', tone],
        ...['-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-b:v', '400k'],
        ...['-pix_fmt', 'yuv420p', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '64k'],
        ...['-f', 'segment', '-segment_time', '1', '-segment_format', 'mpegts', `${draft}/%d.ts`],
      ],
      { timeout: 100_000 },
    )
    await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
