import { execa } from 'execa'

/** How an encoder ended, and what it told its user. */
export interface EncoderExit {
  readonly exitCode: number | undefined
  readonly output: string
}

/** A real encoder that publishes an FLV file; `pid` for signals, `exit` for its end. Kill it in the test that started it. */
export interface Encoder {
  readonly pid: number
  readonly exit: Promise<EncoderExit>
  kill(signal?: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
}

/** FFmpeg, copying `file` as it is; `loop` for ever and in real time, else once and as fast as it may. */
export function ffmpegPublisher(file: string, url: string, { loop = false } = {}): Encoder {
  const pace = loop ? ['-re', '-stream_loop', '-1'] : []
  return run('ffmpeg', ['-hide_banner', '-v', 'error', '-nostdin', ...pace, '-i', file, '-c', 'copy', '-f', 'flv', url])
}

/** GStreamer with librtmp's sink (as OBS) or its own, remuxing `file` as fast as it may. */
export function gstreamerPublisher(sink: 'rtmpsink' | 'rtmp2sink', file: string, url: string): Encoder {
  const source = ['filesrc', `location=${file}`, '!', 'flvdemux', 'name=source']
  const target = ['flvmux', 'name=mux', 'streamable=true', '!', sink, `location=${url}`, 'sync=false']
  const video = ['source.video', '!', 'queue', '!', 'h264parse', '!', 'mux.']
  const audio = ['source.audio', '!', 'queue', '!', 'aacparse', '!', 'mux.']
  return run('gst-launch-1.0', ['-q', ...source, ...target, ...video, ...audio])
}

function run(command: string, args: string[]): Encoder {
  const child = execa(command, args, { reject: false, all: true, stdin: 'ignore' })
  if (child.pid === undefined) throw new Error(`${command} could not be started; install it`)
  return {
    pid: child.pid,
    exit: child.then(({ exitCode, all }) => ({ exitCode, output: all })),
    kill: (signal = 'SIGKILL') => child.kill(signal),
  }
}
