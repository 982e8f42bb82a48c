import { execa } from 'execa'

/** Integrated loudness (LUFS) and true peak (dBTP) of a file's sound, by FFmpeg's EBU R 128 meter. */
export async function loudnessOf(
  file: string,
  args: readonly string[] = [],
): Promise<{ lufs: number; peakDb: number }> {
  const { stderr } = await execa('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-nostats', ...args, '-i', file, '-vn'],
    ...['-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'],
  ])
  const summary = stderr.slice(stderr.lastIndexOf('Integrated loudness:'))
  const figure = (pattern: RegExp) => Number(pattern.exec(summary)?.[1] ?? Number.NaN)
  return { lufs: figure(/I:\s+(-?[\d.]+) LUFS/), peakDb: figure(/Peak:\s+(-?[\d.]+) dBFS/) }
}
