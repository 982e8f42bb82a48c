import { redactText } from '#schema/log/redact.ts'

/** Why an FFmpeg ended, told apart by what it wrote to stderr. */
export interface FfmpegFault {
  readonly code: string
  /** What happened and what to do, in everyday words. */
  readonly detail: string
}

const faults: readonly (readonly [pattern: RegExp, code: string, detail: string])[] = [
  // Before all others: FFmpeg may have warned of something else earlier.
  [
    /\[(h264_(nvenc|qsv|vaapi|videotoolbox)|AVHW(Device|Frames)Context|Parsed_hwupload_\d+) @ \w+\] \[(error|fatal)\]|option 'init_hw_device'|Unknown encoder 'h264_/,
    'hardware_encoder_failed',
    'The hardware encoder failed. Look at its driver, and whether others use it.',
  ],
  [
    /No such file or directory: .*font|Cannot find a valid font|Could not load font|No font filename/i,
    'font_missing',
    'FFmpeg found no font to write text with. Install one, for example the package fonts-dejavu-core.',
  ],
  [
    /Unknown encoder|Encoder not found/i,
    'encoder_missing',
    'This FFmpeg lacks an encoder that Weir needs. Install an FFmpeg with libx264 and aac.',
  ],
  [
    /No such filter/i,
    'filter_missing',
    'This FFmpeg lacks a filter that Weir needs. Install a full build of FFmpeg (with libfreetype).',
  ],
  [
    /Cannot allocate memory|Out of memory|malloc of size/i,
    'out_of_memory',
    'FFmpeg ran out of memory. Use fewer or smaller renditions, or a machine with more memory.',
  ],
  [
    /No space left on device/i,
    'disk_full',
    'There is no space left on the disk. Free some, then start the stream again.',
  ],
  [
    /matches no streams|Stream specifier '.*' in filtergraph/i,
    'track_missing',
    'The source announced sound or a picture that did not come. Check the encoder, then publish again.',
  ],
  [
    /Invalid data found when processing input|could not find codec parameters|Error while decoding/i,
    'source_unreadable',
    'The source sends media that can not be decoded. Let the encoder send H.264 video and AAC audio.',
  ],
  [/Broken pipe/i, 'pipe_closed', 'FFmpeg lost its connection to the worker. It is started again by itself.'],
]

/** The fault that these lines of stderr speak of; `encoder_failed` where they say nothing that is known. */
export function classifyStderr(stderr: string): FfmpegFault {
  const found = faults.find(([pattern]) => pattern.test(stderr))
  if (found) return { code: found[1], detail: found[2] }
  return { code: 'encoder_failed', detail: 'FFmpeg stopped with an error. It is started again by itself.' }
}

/** Takes addresses and named secrets out of what FFmpeg wrote, line by line. */
export const redactStderr = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => redactText(line))
    .join('\n')
