import type { PictureSize } from './ladder.ts'

/** 1080p30 takes 4.5 Mbit/s, smaller pictures a little more per pixel, more frames a little less per frame. */
export function usualBitrateKbps(size: PictureSize, fps: number): number {
  const kbps = 4_500 * pixelShare(size) ** 0.75 * Math.max(1, fps / 30) ** 0.5
  return Math.max(100, Math.round(kbps / 50) * 50)
}

/** Pixels in "1080p pictures". */
export function pixelShare({ width, height }: PictureSize): number {
  return (width * height) / (1920 * 1080)
}
