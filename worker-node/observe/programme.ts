import type { Issue } from '#schema/contracts/live-stream.ts'
import { type Glance, glancesPerSecond } from '../transcode/glance.ts'
import { IntegratedLoudness } from '../transcode/integrated-loudness.ts'
import { blockSeconds, type SoundBlock, toLufs } from '../transcode/loudness.ts'

const silentAfterSeconds = 10
const blackAfterSeconds = 10
const frozenAfterSeconds = 30
/** −60 dB of full scale: what is under it for long is no programme. */
const silentPeak = 0.001
/** Where EBU Tech 3341 meters end. */
const quietestLufs = -70

/**
 * What viewers of a session hear and see, as far as its sources are decoded: loudness, and whether there is anything at
 * all. The integrated loudness is of all that the session took from its sources so far, whatever FFmpeg or input it came
 * through; slate does not count.
 */
export class Programme {
  readonly #integrated = new IntegratedLoudness()
  #momentary: number | null = null
  #silentSeconds = 0
  #blackSeconds = 0
  #stillSeconds = 0

  /** Each tenth of a second of what was on air. */
  sound({ power, peak }: SoundBlock): void {
    const lufs = toLufs(power)
    this.#momentary = lufs > quietestLufs ? lufs : null
    this.#integrated.add(power)
    this.#silentSeconds = peak > silentPeak ? 0 : this.#silentSeconds + blockSeconds
  }

  /** Each half second of what was on air. */
  picture({ isBlack, isStill }: Glance): void {
    this.#blackSeconds = isBlack ? this.#blackSeconds + 1 / glancesPerSecond : 0
    this.#stillSeconds = isStill ? this.#stillSeconds + 1 / glancesPerSecond : 0
  }

  /** Nothing comes any more. */
  stopped(): void {
    this.#momentary = null
    this.#silentSeconds = 0
    this.#blackSeconds = 0
    this.#stillSeconds = 0
  }

  /** LUFS, to the tenth. */
  get loudness(): { readonly momentaryLufs: number | null; readonly integratedLufs: number | null } {
    return { momentaryLufs: tenths(this.#momentary), integratedLufs: tenths(this.#integrated.lufs) }
  }

  /** What is wrong just now; black pictures are still ones too, and said once. */
  get issues(): Issue[] {
    const issues: Issue[] = []
    // Tenths of a second add up to a little less than what they ought to.
    if (this.#silentSeconds > silentAfterSeconds - blockSeconds / 2) issues.push(silent)
    if (this.#blackSeconds >= blackAfterSeconds) issues.push(black)
    else if (this.#stillSeconds >= frozenAfterSeconds) issues.push(frozen)
    return issues
  }
}

const tenths = (lufs: number | null) => (lufs === null ? null : Math.round(lufs * 10) / 10)

const silent: Issue = {
  code: 'audio_silent',
  severity: 'warning',
  detail: 'The source has had a sound track without any sound for 10 seconds or more.',
  fix: 'Check that the microphone is on, that it is not muted in the encoder, and that the right one is chosen.',
}
const black: Issue = {
  code: 'picture_black',
  severity: 'warning',
  detail: 'The picture has been black for 10 seconds or more.',
  fix: 'Check that the camera is on and uncovered, and that the encoder shows the scene that you mean.',
}
const frozen: Issue = {
  code: 'picture_frozen',
  severity: 'info',
  detail: 'The picture has not changed for 30 seconds or more.',
  fix: 'Nothing is to be done where a slide or a card is shown. Else check the camera or the window that is captured.',
}
