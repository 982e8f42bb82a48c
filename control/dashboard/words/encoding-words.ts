import type { EffectKind } from '#schema/contracts/effect.ts'
import type { EncoderChoice, EncoderPreset, UpscaleMethod, VideoEncoder } from '#schema/enums.ts'

/** What encodes, as people know it. */
export const encoderWords: Readonly<Record<EncoderChoice, string>> = {
  auto: 'The best that the machine has',
  software: 'The processor (x264)',
  h264_nvenc: 'NVIDIA graphics (NVENC)',
  h264_qsv: 'Intel graphics (Quick Sync)',
  h264_vaapi: 'Graphics on Linux (VAAPI)',
  h264_videotoolbox: 'Apple (VideoToolbox)',
}

/** Those that some worker has, and the one that is chosen whatever they have. */
export function encodersToChoose(
  workers: readonly { readonly capacity: { readonly encoders?: readonly { readonly name: string }[] | undefined } }[],
  present: EncoderChoice,
): EncoderChoice[] {
  const there = new Set<string>(workers.flatMap(({ capacity }) => (capacity.encoders ?? []).map(({ name }) => name)))
  const hardware = (Object.keys(encoderWords) as EncoderChoice[]).filter(
    (each): each is VideoEncoder => each !== 'auto' && each !== 'software' && (there.has(each) || each === present),
  )
  return ['auto', 'software', ...hardware]
}

/** How hard x264 works on a picture. */
export const effortWords: Readonly<Record<EncoderPreset, string>> = {
  ultrafast: 'Ultrafast: least work, worst picture',
  superfast: 'Superfast',
  veryfast: 'Very fast',
  faster: 'Faster',
  fast: 'Fast',
  medium: 'Medium',
  slow: 'Slow: most work, best picture',
}

/** Sizes that a small source can be made. */
const upscaleHeights = [720, 1080, 1440, 2160]

/** `off`, or the height that small sources get, as a list of choices. */
export function upscaleChoices(method: UpscaleMethod, height: number): (readonly [value: string, words: string])[] {
  const heights = [...new Set([...upscaleHeights, ...(method === 'off' ? [] : [height])])].sort((a, b) => a - b)
  return [['off', 'No: never larger than the source'], ...heights.map((each) => [String(each), `To ${each}p`] as const)]
}

/** What a change does to the broadcast that is on. */
export const effectWords: Readonly<Record<EffectKind, string>> = {
  now: 'At once, nobody notices',
  new_encode: 'The picture is encoded anew',
  begins: 'The broadcast there begins',
  reconnects: 'The connection is made anew',
  ends: 'The broadcast there ends',
  next_broadcast: 'From the next broadcast on',
}
