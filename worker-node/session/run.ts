import type { Sample, Track } from '../media/sample.ts'
import type { SplicerRun } from '../splice/run.ts'
import { TrackCollector } from './track-collector.ts'

/** Takes what one run of the transcoder gives. */
export interface RunSink {
  onTrack(track: Track): void
  onSample(trackId: string, sample: Sample): void
  end(): void
}

/** Hands one feed's part of a run on once every track is known: `begin` is called once, with all `trackCount` tracks. */
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

/** Gives each feed its part of a run, by track id. */
export function partRun(sinks: ReadonlyMap<string, RunSink>): RunSink {
  return {
    onTrack: (track) => sinks.get(track.id)?.onTrack(track),
    onSample: (trackId, sample) => sinks.get(trackId)?.onSample(trackId, sample),
    end: () => {
      for (const sink of new Set(sinks.values())) sink.end()
    },
  }
}
