/** Sounds that can be mixed. */
export type SoundName = 'microphone' | 'screen'

/**
 * Mixes microphone and screen into one track that stays the same for the page's life: what is plugged in and out never
 * touches the connection. Nothing of it is played here, so nothing echoes.
 */
export class SoundMixer {
  readonly #context = new AudioContext({ sampleRate: 48_000 })
  readonly #output = this.#context.createMediaStreamDestination()
  readonly #analyser = this.#context.createAnalyser()
  readonly #inputs = new Map<SoundName, { node: MediaStreamAudioSourceNode; gain: GainNode; track: MediaStreamTrack }>()
  readonly #samples: Float32Array<ArrayBuffer>

  constructor() {
    this.#analyser.fftSize = 1024
    this.#samples = new Float32Array(this.#analyser.fftSize)
    this.#output.channelCount = 2
    this.#analyser.connect(this.#output)
  }

  /** What is sent. */
  get track(): MediaStreamTrack {
    return this.#output.stream.getAudioTracks()[0] as MediaStreamTrack
  }

  /** Puts a sound in the place of the one before; null takes it out. The tracks that leave are stopped. */
  set(name: SoundName, track: MediaStreamTrack | null): void {
    const before = this.#inputs.get(name)
    before?.node.disconnect()
    before?.gain.disconnect()
    before?.track.stop()
    this.#inputs.delete(name)
    if (!track) return
    const node = this.#context.createMediaStreamSource(new MediaStream([track]))
    const gain = this.#context.createGain()
    node.connect(gain).connect(this.#analyser)
    this.#inputs.set(name, { node, gain, track })
    void this.resume()
  }

  mute(name: SoundName, muted: boolean): void {
    const input = this.#inputs.get(name)
    if (input) input.gain.gain.value = muted ? 0 : 1
  }

  has(name: SoundName): boolean {
    return this.#inputs.has(name)
  }

  /** Browsers start sound only after the visitor has done something. */
  async resume(): Promise<void> {
    if (this.#context.state === 'suspended') await this.#context.resume()
  }

  /** How loud it is now, decibels under full scale: −60 … 0. */
  level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples)
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length
    return Math.max(-60, Math.min(0, 10 * Math.log10(power + 1e-9)))
  }

  close(): void {
    for (const name of [...this.#inputs.keys()]) this.set(name, null)
    void this.#context.close()
  }
}
