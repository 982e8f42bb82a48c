import { cp } from 'node:fs/promises'
import { measureCapacity } from '#worker/transcode/capacity.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

const cacheDir = new URL('../../.cache/capacity/', import.meta.url).pathname

/** Puts what this machine can encode into a worker's folder: measured once, for it takes a second of both cores. */
export async function knowCapacity(stateDir: string): Promise<void> {
  await measureCapacity({ ffmpeg: await findFfmpeg(), cacheDir })
  await cp(cacheDir, stateDir, { recursive: true })
}
