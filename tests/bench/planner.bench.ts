import { previewPlan } from '#control/streams/preview-plan.ts'
import type { DestinationProfile } from '#schema/contracts/destination-profile.ts'
import { printTable } from './table.ts'

// Six platforms at once from a source of 1080p30: what the planner encodes for viewers and for them, beside an encode for
// each of them and the viewers' ladder; units are "1080p30 x264 veryfast encodes".
const platforms = ['youtube', 'twitch', 'facebook', 'kick', 'x', 'linkedin'] as const
const wishes: readonly (readonly [name: string, profile: DestinationProfile, units: number])[] = [
  ['auto: the best that viewers get', 'auto', 2],
  ['1080p, a machine of 16 units', '1080p', 16],
  ['1080p, a machine of 2.5 units', '1080p', 2.5],
  ['1080p, a machine of 1.5 units', '1080p', 1.5],
  ['720×1280, blurred bars', { height: 720, orientation: 'vertical', fps: 30 }, 16],
  ['the source untouched', 'source', 2],
]

const rows = wishes.map(([name, profile, units]) => {
  const capacity = { encode_units: units, cpu_cores: 2, ffmpeg_version: '' }
  const { encodes, encodes_saved, encode_units, without_sharing, destinations } = previewPlan(
    {
      source: { width: 1920, height: 1080, fps: 30, bitrate_kbps: 5_900 },
      destinations: platforms.map((platform) => ({ id: platform, platform, profile })),
    },
    undefined,
    { id: 'wrk', name: 'bench', capacity, taken: [] },
  )
  const made = encodes.filter(({ from }) => from !== 'source').length
  const adjusted = destinations.filter(({ adjustments, refusal }) => adjustments.length > 0 || refusal !== null).length
  const share = without_sharing.encode_units / encode_units.needed
  return [
    ...[name, made, without_sharing.encodes, encodes_saved, encode_units.needed, without_sharing.encode_units],
    ...[`${share.toFixed(1)} ×`, adjusted],
  ]
})
printTable('Encodes for viewers and six platforms', [
  ['each gets', 'encodes', 'one each', 'saved', 'units', 'one each', 'ratio', 'adjusted'],
  ...rows,
])
