import type { AssetType } from '#schema/asset-types.ts'

/** So many bytes of a file's beginning are looked at. */
export const magicBytes = 64

/**
 * Says, in a sentence, why a file that begins like this is not what its Content-Type says; undefined where it is. Only
 * the first {@link magicBytes} are needed. What is inside is left to FFmpeg on a worker, which trusts nothing of it.
 */
export function contradiction(type: AssetType, head: Uint8Array): string | undefined {
  const found = formatOf(head)
  if (found === 'animated webp') return 'Animated WebP pictures are not understood. Upload a still picture or a video.'
  if (found === formats[type].format) return undefined
  return `This is not ${formats[type].words}: its first bytes ${found ? `are those of ${article[found]}` : 'say otherwise'}.`
}

type Format = 'png' | 'jpeg' | 'webp' | 'animated webp' | 'mov' | 'webm'

const formats: Readonly<Record<AssetType, { readonly format: Format; readonly words: string }>> = {
  'image/png': { format: 'png', words: 'a PNG picture' },
  'image/jpeg': { format: 'jpeg', words: 'a JPEG picture' },
  'image/webp': { format: 'webp', words: 'a WebP picture' },
  // One family (ISO/IEC 14496-12), which programs name either way.
  'video/mp4': { format: 'mov', words: 'an MP4 video' },
  'video/quicktime': { format: 'mov', words: 'a QuickTime video' },
  'video/webm': { format: 'webm', words: 'a WebM video' },
}

const article: Readonly<Record<Format, string>> = {
  png: 'a PNG picture',
  jpeg: 'a JPEG picture',
  webp: 'a WebP picture',
  'animated webp': 'an animated WebP picture',
  mov: 'an MP4 or QuickTime file',
  webm: 'a WebM video',
}

function formatOf(head: Uint8Array): Format | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to))
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP')
    // The animation flag of the extended header (RFC 9649 §2.7.1).
    return text(12, 16) === 'VP8X' && ((head[20] ?? 0) & 0x02) !== 0 ? 'animated webp' : 'webp'
  // QuickTime files older than `ftyp` begin with any of the other boxes.
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(text(4, 8))) return 'mov'
  if (text(0, 4) === '\x1aE\xdf\xa3' && text(4, magicBytes).includes('webm')) return 'webm'
  return undefined
}
