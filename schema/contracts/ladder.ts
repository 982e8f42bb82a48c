import * as v from 'valibot'
import { qualityPresets } from '../enums.ts'
import { ladderFaults } from '../plan/ladder-faults.ts'
import { issuePath } from './issue-path.ts'

export const evenHeight = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(120),
  v.maxValue(2160),
  v.check((height) => height % 2 === 0, 'Use an even height; H.264 needs one.'),
)

/** One rung of a ladder as an operator writes it. Its name is `<height>p`. */
const renditionRequest = v.strictObject({
  height: evenHeight,
  /** kbit/s; left out, Weir takes a figure that fits the height. */
  video_bitrate_kbps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(50), v.maxValue(50_000))),
})

const presets = ['auto', 'source', ...qualityPresets].map((preset) => `\`${preset}\``).join(', ')
const wantedWords = `Use an object with a \`preset\`, such as {"preset": "720p"}: ${presets}, or \`custom\` with \`renditions\`.`

/**
 * The ladder wanted: `auto` fits the source and the machine; `720p` is topped there, with what is sensible below it;
 * `custom` is made as written. None is ever above the source, or what that is upscaled to. `source` sends the source
 * untouched, as the one rendition `source`, where it is H.264 within limits; else `auto` holds.
 */
export const ladderSchema = v.variant(
  'preset',
  [
    v.strictObject({ preset: v.literal('auto') }),
    v.strictObject({ preset: v.literal('source') }),
    v.strictObject({ preset: v.picklist(qualityPresets) }),
    v.strictObject({
      preset: v.literal('custom'),
      /** Frames per second of all renditions, at most; left out, as many as the source and the latency mode have. */
      fps: v.optional(v.pipe(v.number(), v.minValue(10), v.maxValue(60))),
      renditions: v.pipe(
        v.array(renditionRequest),
        v.minLength(1, 'Name at least one rendition.'),
        v.maxLength(6, 'Name at most six renditions.'),
        v.check((rungs) => new Set(rungs.map((rung) => rung.height)).size === rungs.length, 'Use each height once.'),
      ),
    }),
  ],
  wantedWords,
)
export type Ladder = v.InferOutput<typeof ladderSchema>

/** A ladder that somebody asks for: bit rates must make sense too. */
export const ladderRequest = v.pipe(
  ladderSchema,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.preset !== 'custom') return
    for (const { index, detail } of ladderFaults(dataset.value.renditions))
      addIssue({ message: detail, path: issuePath(dataset.value, 'renditions', index, 'video_bitrate_kbps') })
  }),
)
