/** Where a picture is decoded and shown, milliseconds. */
export interface PictureTimes {
  readonly decodedMs: number
  readonly shownMs: number
}

/** Whether a keyframe at `b` may follow on `a`, the furthest so far. */
export const isBefore = (a: PictureTimes, b: PictureTimes): boolean =>
  a.decodedMs < b.decodedMs && a.shownMs < b.shownMs

/** Pictures are decoded in order, but not always shown in it. */
export const furthest = (a: PictureTimes | undefined, b: PictureTimes): PictureTimes =>
  a ? { decodedMs: Math.max(a.decodedMs, b.decodedMs), shownMs: Math.max(a.shownMs, b.shownMs) } : b
