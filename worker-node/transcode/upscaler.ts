import type { Upscaler as UpscalerName } from '#schema/plan/ladder.ts'

/**
 * Makes pictures larger between decoding and encoding. There is one kind yet: a filter of FFmpeg's chain.
 *
 * The seat for one that works on raw frames (a learned one) is a second kind, `process`, whose rendition the transcoder
 * parts in two, as normalized-audio.ts parts the sound: the FFmpeg that decodes writes the source's pictures behind
 * `fps=…:start_time=0` as `rawvideo` (yuv420p) to a pipe of its own; the upscaler reads whole frames from it
 * (width × height × 1.5 bytes) and writes larger ones; the FFmpeg that encodes reads those with `-f rawvideo -s … -r …`
 * into the rendition's `finishPicture` and encoder. What it must keep to:
 * - Raw pipes carry no times: frames are counted, so none may be dropped or added, and dts = count × frame duration.
 * - Two frames in flight at most (1080p: 6 MB); the pipe's back-pressure holds the decoder where it is too slow, and `pace`
 *   then says `encode_too_slow`: the session renews the plan with `lanczos`.
 * - Its slate is made through it as well, or not upscaled at all: parameter sets do not depend on it.
 */
export interface Upscaler {
  readonly kind: 'filter'
  /** Options of FFmpeg's filter `scale`. */
  readonly scaleOptions: string
}

/** By the name that plans give them. */
export const upscalers: Readonly<Record<UpscalerName, Upscaler>> = {
  lanczos: { kind: 'filter', scaleOptions: 'flags=lanczos' },
}
