import { environmentVariables } from '#schema/environment-variables.ts'
import { settingOptions } from './arguments.ts'

const byOption = new Set<string>(Object.values(settingOptions))
/** Those that have no option. */
const furtherSettings = environmentVariables
  .filter((variable) => variable.for !== 'control' && !byOption.has(variable.name) && variable.name !== 'WEIR_DEMO')
  .map(
    ({ name, default: value, unit, about }) =>
      `  ${name}${value === null ? '' : `=${value}`} (${unit})\n      ${about}`,
  )
  .join('\n')

/** What `weir-worker --help` prints. */
export const helpText = `weir-worker: takes streams from encoders, encodes them, and sends them to platforms and viewers.

  weir-worker join https://weir.example    joins this control plane, and works for it
  weir-worker                              works again, as the worker that it was
  weir-worker --help | --version

To join, make a join token in the dashboard (Administration, Workers) or with POST /v1/join-tokens, and hand it over in one
of these ways; it is never given on the command line, where others could read it:
  echo "$TOKEN" | weir-worker join https://weir.example
  weir-worker join https://weir.example --token-file token.txt
  WEIR_JOIN_TOKEN=… weir-worker join https://weir.example
In a terminal it asks for the token. A token joins one worker. Joining again with the same data folder just starts the worker.

Options
  --name NAME          what people call this worker; the name of this machine if left out
  --data-dir FOLDER    keeps the identity of this worker; ./.weir if left out. Nobody else should read it
  --host ADDRESS       address to listen on; all of this machine's (0.0.0.0) after joining a control plane elsewhere
  --public-host NAME   name or address by which others reach this worker; its address towards the control plane if left out
  --origin-url URL     where the control plane reaches this worker, like http://10.0.0.7:8788, if that is another
  --rtmp-url URL       what encoders are told to publish to, like rtmp://live.example/live, if that is another
  --srt-url URL        the same for SRT, like srt://live.example:8890
  --token-file FILE    where the join token stands; - reads it from standard input
What is given when it joins is kept. Every option has an environment variable, which goes before what is kept.

Further settings, by environment variables alone
${furtherSettings}

What it needs
  FFmpeg 5.0 or newer with libx264, and a font (Debian: apt-get install ffmpeg fonts-dejavu-core).
  This worker reaches the control plane, and the control plane reaches this worker: TCP 8788 (media). Encoders reach TCP 1935
  (RTMP), UDP 8890 (SRT) and UDP 8900 (WebRTC); so do other workers, which hand on encoders that came to the wrong one.
  Behind a router that translates addresses, forward these ports and give --public-host: a worker that
  can't be reached from outside is of no use. Port 8788 is for the control plane, the other workers and a CDN of
  yours; viewers and publishers over WebRTC come by way of the control plane.

When it is ready it prints one line of JSON on standard output; logs go to standard error. It ends on SIGTERM and SIGINT.
A data folder is one worker's alone.
Exit status: 0 ended as told, 1 a fault, 2 the command line or a setting is wrong, 3 this machine lacks something (FFmpeg,
a port, a data folder of its own), 4 the control plane refuses this worker, 5 the control plane can't be reached.
`
