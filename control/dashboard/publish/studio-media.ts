import { CaptureProblem, contentHint, openCamera, openMicrophone, openScreen } from './capture.ts'
import { PlainPicture } from './plain-picture.ts'
import type { Content, Quality } from './quality.ts'
import { SoundMixer } from './sound-mixer.ts'

export type PictureSource = 'none' | 'camera' | 'screen'

/** What is captured now: one picture, and the mix of microphone and screen. Owns every track. */
export class StudioMedia {
  readonly #onChange: () => void
  readonly #plain = new PlainPicture()
  #mixer: SoundMixer | undefined
  #picture: MediaStreamTrack | null = null
  #source: PictureSource = 'none'
  #microphone: MediaStreamTrack | null = null

  /** `onChange`: something was added, or went away by itself: the browser's own “stop sharing”, an unplugged camera. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get picture(): MediaStreamTrack | null {
    return this.#picture
  }

  /** What is sent while live: the picture, or a plain one that keeps the sound on air. Until `rest`. */
  get sentPicture(): MediaStreamTrack | null {
    return this.#picture ?? this.#plain.open()
  }

  /** Nothing is sent any more. */
  rest(): void {
    this.#plain.close()
  }

  get source(): PictureSource {
    return this.#source
  }

  /** Made when it is first needed: browsers want the visitor to have done something before. */
  get mixer(): SoundMixer {
    this.#mixer ??= new SoundMixer()
    return this.#mixer
  }

  get hasMicrophone(): boolean {
    return this.#microphone !== null
  }

  get hasScreenSound(): boolean {
    return this.#mixer?.has('screen') ?? false
  }

  get microphoneId(): string | null {
    return this.#microphone?.getSettings().deviceId ?? null
  }

  get cameraId(): string | null {
    return this.#source === 'camera' ? (this.#picture?.getSettings().deviceId ?? null) : null
  }

  /** Throws {@link CaptureProblem}; what was shown before stays then. */
  async useCamera(deviceId: string | null, quality: Quality): Promise<void> {
    const track = await openCamera(deviceId, quality)
    track.contentHint = 'motion'
    this.#setPicture('camera', track)
    this.mixer.set('screen', null)
  }

  /** Throws {@link CaptureProblem}; what was shown before stays then. */
  async useScreen(content: Content): Promise<void> {
    const { picture, sound } = await openScreen(content)
    this.#setPicture('screen', picture)
    this.mixer.set('screen', sound)
    sound?.addEventListener('ended', () => this.#onChange())
  }

  /** Null takes it out. Throws {@link CaptureProblem}. */
  async useMicrophone(deviceId: string | null | undefined): Promise<void> {
    const track = deviceId === undefined ? null : await openMicrophone(deviceId)
    this.#microphone = track
    this.mixer.set('microphone', track)
    track?.addEventListener('ended', () => {
      if (this.#microphone !== track) return
      this.#microphone = null
      this.mixer.set('microphone', null)
      this.#onChange()
    })
    this.#onChange()
  }

  setContent(content: Content): void {
    if (this.#picture && this.#source === 'screen') this.#picture.contentHint = contentHint(content)
  }

  stopPicture(): void {
    this.#setPicture('none', null)
    this.#mixer?.set('screen', null)
  }

  close(): void {
    this.#plain.close()
    this.#picture?.stop()
    this.#mixer?.close()
  }

  #setPicture(source: PictureSource, track: MediaStreamTrack | null): void {
    this.#picture?.stop()
    this.#picture = track
    this.#source = source
    track?.addEventListener('ended', () => {
      if (this.#picture === track) this.stopPicture()
    })
    this.#onChange()
    if (track) this.#plain.close()
  }
}

/** Whatever was thrown, in words. */
export const captureWordsOf = (error: unknown): string =>
  error instanceof CaptureProblem ? error.message : 'This page made a mistake. Reload it and try again.'
