import type { Asset } from '#schema/contracts/asset.ts'
import type { SlateState } from '#schema/contracts/slate.ts'
import type { SlateMoment } from '#schema/enums.ts'

/** What people read of each moment; `usual` is what the card says by itself. */
export const momentWords: Readonly<
  Record<SlateMoment, { readonly label: string; readonly sentence: string; readonly usual: string }>
> = {
  before: {
    label: 'Before the first picture',
    sentence: 'Of a stream that is always on, until its source comes.',
    usual: 'Starting soon',
  },
  during: {
    label: 'While the source is away',
    sentence: 'Fills the gap until the picture is back.',
    usual: 'Be right back',
  },
  after: {
    label: 'When it is over',
    sentence: 'The last thing viewers and destinations see.',
    usual: 'Thanks for watching',
  },
}

/** How long a closing slate may be shown, seconds. */
export const closingTimes: readonly (readonly [seconds: number, words: string])[] = [
  [0, 'Not at all'],
  [5, '5 seconds'],
  [10, '10 seconds'],
  [20, '20 seconds'],
  [30, '30 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [600, '10 minutes'],
]

/** `{words, tone}` of a slate that the worker makes; undefined where there is nothing to say. */
export function slateProgress(
  status: SlateState | null | undefined,
): { readonly words: string; readonly tone: 'busy' | 'error' | 'live' } | undefined {
  if (!status) return undefined
  if (status.state === 'encoding') return { words: `Being prepared: ${status.percent} %`, tone: 'busy' }
  if (status.state === 'failed')
    return { words: status.detail ?? 'It could not be made; the worker tries again.', tone: 'error' }
  return { words: 'Ready', tone: 'live' }
}

/** A text as cards show it: fonts for text have no emoji. */
export const drawnOnCard = (text: string): string =>
  text
    .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\u20e3\ufe0e\ufe0f]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()

/** “Opening.mp4 (video, 3.1 MB)”. */
export const assetWords = ({ name, kind, size_bytes }: Asset): string =>
  `${name} (${kind === 'image' ? 'picture' : 'video'}, ${sizeWords(size_bytes)})`

const sizeWords = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
