import type { Sample, Track } from './media/sample.ts'
import type { SplicerRun } from './splice/run.ts'
import { TrackCollector } from './track-collector.ts'

/** Takes what one run of the transcoder gives, and hands it to the output side once every track is known. */
export interface RunSink {
  onTrack(track: Track): void
  onSample(trackId: string, sample: Sample): void
  end(): void
}

/** `begin` is called once, with all `trackCount` tracks, and gives the run on the timeline. */
export function createRunSink(trackCount: number, begin: (tracks: readonly Track[]) => SplicerRun): RunSink {
  const collector = new TrackCollector(trackCount)
  let run: SplicerRun | undefined
  return {
    onTrack: (track) => {
      const tracks = run ? undefined : collector.addTrack(track)
      if (!tracks) return
      run = begin(tracks)
      for (const [trackId, sample] of collector.takeSamples()) run.push(trackId, sample, performance.now())
    },
    onSample: (trackId, sample) => {
      if (run) run.push(trackId, sample, performance.now())
      else collector.addSample(trackId, sample)
    },
    end: () => run?.end(),
  }
}
