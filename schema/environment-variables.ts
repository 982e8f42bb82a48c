/** One environment variable of Weir. */
export interface EnvironmentVariable {
  readonly name: string
  /** What holds when it is not set, as it would be written; null: nothing. */
  readonly default: string | null
  /** `path`, `port`, `seconds`, `URL`, …: how the value is read. */
  readonly unit: string
  /** Which process reads it. */
  readonly for: 'control' | 'worker' | 'both'
  readonly about: string
}

/** Every environment variable that Weir reads. One with our prefix that is not here is refused at start. */
export const environmentVariables = [
  {
    name: 'WEIR_DATA_DIR',
    default: './.weir',
    unit: 'path',
    for: 'both',
    about: 'Folder of the database, the keys and the tokens. Nobody else should read it.',
  },
  { name: 'WEIR_HOST', default: '127.0.0.1', unit: 'address', for: 'both', about: 'Address to listen on.' },
  { name: 'WEIR_PORT', default: '8787', unit: 'port', for: 'control', about: 'Port of the dashboard and the API.' },
  { name: 'WEIR_WORKER_PORT', default: '8788', unit: 'port', for: 'worker', about: 'Port of the media origin.' },
  { name: 'WEIR_RTMP_PORT', default: '1935', unit: 'port', for: 'worker', about: 'Port that encoders publish to.' },
  {
    name: 'WEIR_SRT_PORT',
    default: '8890',
    unit: 'port',
    for: 'worker',
    about: 'UDP port that SRT callers publish to.',
  },
  {
    name: 'WEIR_WHIP_PORTS',
    default: '8900-8999',
    unit: 'port or range',
    for: 'worker',
    about: 'UDP port of WebRTC publishers. Of a range the first free one is taken; one serves all.',
  },
  {
    name: 'WEIR_WHIP_PUBLIC_ADDRESS',
    default: null,
    unit: 'IP addresses',
    for: 'worker',
    about: 'Where WebRTC publishers reach that port. Left out, the addresses of this machine.',
  },
  {
    name: 'WEIR_ICE_SERVERS',
    default: null,
    unit: 'list or JSON, secret',
    for: 'worker',
    about: 'STUN and TURN servers for WebRTC publishers: stun:host:port, turn:user:password@host:port.',
  },
  {
    name: 'WEIR_MEASURE_PASSTHROUGH',
    default: '0',
    unit: '0 or 1',
    for: 'worker',
    about: '1: measures the loudness of streams that go out untouched too, for 0.5 % of a CPU core and 30 MB each.',
  },
  { name: 'WEIR_DEMO', default: '1', unit: '0 or 1', for: 'both', about: '0: `npm start` makes no demo stream.' },
  {
    name: 'WEIR_LOG_LEVEL',
    default: 'info',
    unit: 'debug, info, warn or error',
    for: 'both',
    about: 'How much is logged, as JSON lines on stderr.',
  },
  {
    name: 'WEIR_LOG_FILE',
    default: null,
    unit: 'path',
    for: 'both',
    about:
      'Logs go to this file too: a new one each day or 8 MiB, 64 MiB and 14 days of them at most. `npm start` does so by itself, in the data folder.',
  },
  {
    name: 'WEIR_DATABASE_URL',
    default: null,
    unit: 'URL',
    for: 'control',
    about:
      'libsql://, https:// or http:// of a libSQL server, or file:/path. Left out, Node keeps a file in the data folder.',
  },
  {
    name: 'WEIR_BACKUP_DIR',
    default: null,
    unit: 'path',
    for: 'control',
    about:
      'Folder for a backup of the database each day, of which the last 7 are kept. Left out, none is made. Node only.',
  },
  {
    name: 'WEIR_DATABASE_TOKEN',
    default: null,
    unit: 'secret',
    for: 'control',
    about: 'What the libSQL server asks for.',
  },
  {
    name: 'WEIR_SECRET_KEY',
    default: null,
    unit: '32 bytes, base64url; several with commas',
    for: 'control',
    about: 'Encrypts secrets in the database; the first key does, any opens. Left out, Node makes a file `secret-key`.',
  },
  {
    name: 'WEIR_ADMIN_TOKEN',
    default: null,
    unit: 'secret, 32 characters or more',
    for: 'control',
    about: 'The admin token. Left out, Node makes a file `admin-token` in the data folder.',
  },
  {
    name: 'WEIR_INGEST_RTMP_URL',
    default: 'rtmp://127.0.0.1:1935/live',
    unit: 'URL',
    for: 'control',
    about: 'What encoders are told while no worker is online.',
  },
  {
    name: 'WEIR_INGEST_SRT_URL',
    default: 'srt://127.0.0.1:8890',
    unit: 'URL',
    for: 'control',
    about: 'What SRT callers are told while no worker is online.',
  },
  {
    name: 'WEIR_PUBLIC_URL',
    default: null,
    unit: 'URL',
    for: 'control',
    about: 'Where browsers reach control, like https://weir.example. Left out, the address that they asked at.',
  },
  {
    name: 'WEIR_CORS_ORIGINS',
    default: null,
    unit: 'origins with commas, or *',
    for: 'control',
    about: 'Sites whose pages may call the API with a token, like https://app.example. Left out, none.',
  },
  {
    name: 'WEIR_RATE_LIMIT',
    default: '6000',
    unit: 'requests a minute',
    for: 'control',
    about: 'What one token or session may ask of the API, and four times as much one address; 0: no limit.',
  },
  {
    name: 'WEIR_TRUSTED_PROXY',
    default: null,
    unit: 'name of a header',
    for: 'control',
    about:
      'Where the proxy before control writes the address of the client, like X-Forwarded-For. Set it only if nobody can reach control past the proxy.',
  },
  {
    name: 'WEIR_METRICS_TOKEN',
    default: null,
    unit: 'secret, 16 characters or more',
    for: 'both',
    about: 'What Prometheus shows to read /metrics. Left out, API tokens do on control, and a worker has no /metrics.',
  },
  {
    name: 'WEIR_CONTROL_URL',
    default: 'http://127.0.0.1:8787',
    unit: 'URL',
    for: 'worker',
    about: 'The control plane that the worker joins.',
  },
  {
    name: 'WEIR_JOIN_TOKEN',
    default: null,
    unit: 'secret',
    for: 'worker',
    about: 'One-time token for the first join. Left out, the file `join-token` in the data folder.',
  },
  { name: 'WEIR_WORKER_NAME', default: null, unit: 'text', for: 'worker', about: "Left out, the host's name." },
  {
    name: 'WEIR_PUBLIC_HOST',
    default: null,
    unit: 'name or address',
    for: 'worker',
    about: "By what others reach this worker. Left out, the address that it listens on, or this machine's name.",
  },
  {
    name: 'WEIR_ORIGIN_URL',
    default: null,
    unit: 'URL',
    for: 'worker',
    about: 'Where control reaches the media origin. Left out, made from host and port.',
  },
  {
    name: 'WEIR_RTMP_URL',
    default: null,
    unit: 'URL',
    for: 'worker',
    about: 'What encoders are told to publish to. Left out, made from host and port.',
  },
  {
    name: 'WEIR_SRT_URL',
    default: null,
    unit: 'URL',
    for: 'worker',
    about: 'Where SRT callers go, like srt://host:8890. Left out, made from host and port.',
  },
  {
    name: 'WEIR_PULL_ALLOW',
    default: null,
    unit: 'addresses or networks, with commas',
    for: 'worker',
    about: 'Private networks that inputs may be pulled from, like 10.0.0.0/8. Left out, only public addresses.',
  },
  {
    name: 'WEIR_WEBHOOK_ALLOW',
    default: null,
    unit: 'addresses or networks, with commas',
    for: 'control',
    about: 'Private networks that webhooks may be sent to, also over http. Left out, only public addresses over https.',
  },
  {
    name: 'WEIR_WORKER_LABELS',
    default: null,
    unit: 'key=value, with commas',
    for: 'worker',
    about: 'Labels by which live streams choose workers, like region=eu,disk=fast. Left out, none.',
  },
  {
    name: 'WEIR_DRAIN_TIMEOUT',
    default: '0',
    unit: 'seconds',
    for: 'worker',
    about:
      'How long a worker that is told to stop (SIGTERM) lets other workers take its streams; a second SIGTERM cuts it short.',
  },
  {
    name: 'WEIR_OFFLINE_GRACE',
    default: '900',
    unit: 'seconds',
    for: 'worker',
    about: 'How long a worker streams on while control is away.',
  },
] as const satisfies readonly EnvironmentVariable[]

export type EnvironmentName = (typeof environmentVariables)[number]['name']
