import type { Sample, SampleSink, Track } from '#worker/media/sample.ts'
import type { TestProgramme } from './flv-samples.ts'

/**
 * Plays a programme in a loop, in real time and without a gap, as a splicer does; its clock begins at `fromSeconds`.
 * Gives the function that stops it.
 */
export function playLive(programme: TestProgramme, sink: SampleSink, fromSeconds = 0): () => void {
  const { video, audio, pictures, sounds } = programme
  const startMs = performance.now()
  let picture = 0
  let sound = 0
  const timer = setInterval(() => {
    const nowMs = performance.now() - startMs
    for (;;) {
      const videoMs = (picture * video.frameDuration * 1000) / video.timescale
      const audioMs = (sound * audio.frameDuration * 1000) / audio.timescale
      if (Math.min(videoMs, audioMs) > nowMs) return
      if (audioMs < videoMs) sink(audio.id, at(sounds, sound++, audio, fromSeconds))
      else sink(video.id, at(pictures, picture++, video, fromSeconds))
    }
  }, 10)
  return () => clearInterval(timer)
}

/** The n-th sample of an endless repetition. */
function at(loop: readonly Sample[], index: number, { frameDuration, timescale }: Track, fromSeconds: number): Sample {
  const sample = loop[index % loop.length]
  if (!sample) throw new Error('The programme is empty')
  return { ...sample, dts: fromSeconds * timescale + index * frameDuration }
}
