/** What is to be known of an operation beyond its summary, by its name. */
export const operationWords: Readonly<Record<string, string>> = {
  createLiveStream:
    'The answer has the stream key and the addresses for encoders whole; later answers leave them out, and `POST …/reveal` shows them again. A stream of an encoder waits for it; any other begins at once.',
  updateLiveStream:
    'Changes what is named and leaves the rest. It holds at once, also on air: `effects` in the answer says what it does to the broadcast that is on. Send `If-Match` so that nobody’s change is lost.',
  deleteLiveStream: 'Ends its broadcast, and deletes its inputs, destinations, playback ids, events, figures and logs.',
  enableLiveStream: 'Does nothing to one that is enabled.',
  disableLiveStream: 'Ends the broadcast; encoders are refused until it is enabled.',
  completeBroadcast: 'Ends the broadcast now, without the slate. The stream then waits for its source again.',
  resetStreamKey:
    'With `grace_s` both keys let encoders in for so long; a second reset ends that. The answer shows the new key.',
  revealStreamKey: 'Stands in the audit log.',
  createLiveStreamInput: 'A live stream has eight at most.',
  deleteLiveStreamInput: 'The best of the others takes over. The last one can’t be removed.',
  activateLiveStreamInput: 'It stays on air until `POST …/inputs/release`, even while a better one sends.',
  createLiveStreamDestination:
    'A platform of `GET /v1/platforms` needs its `stream_key` and nothing more; any other server an `url`. It is sent what `profile` says, within the platform’s limits; `adjustments` says what had to be other.',
  updateLiveStreamDestination:
    'Changes what is named and leaves the rest; a worker follows within seconds. `enabled: false` pauses it.',
  checkLiveStreamDestination:
    'A worker goes as far as it can without publishing: name, connection, TLS, handshake. Whether a stream key is right only publishing shows. Takes up to 20 seconds.',
  startLiveStreamDestination: 'For destinations with `start: manually`, and those that were stopped.',
  createLiveStreamPlaybackId: 'For example a second, signed one beside a public one; either can be deleted alone.',
  createLiveStreamPlaybackIdToken:
    'Let your own server make them, after it has decided that somebody may watch; or sign them there, by a key of `token_keys`.',
  getBroadcastReport: 'The same as the page `/broadcasts/<id>`.',
  getMetrics: 'In the text format of Prometheus, for whoever has `WEIR_METRICS_TOKEN`.',
  getLiveStreamMetrics:
    'Points of 1 s for twenty minutes, of 10 s for a day, of a minute for 90 days; the finest that are kept and fit 2,000 points are answered.',
  planEncodes: 'Changes nothing. Name a live stream to go by its source and its worker.',
  createJoinToken: 'Start the worker with it: `weir-worker join <address> <token>`; the answer has the whole command.',
  updateWorker: '`draining: true` empties it: its live streams go to others, and it takes no more.',
  deleteWorker: 'Its streams go to others. One that runs streams is only forgotten with `force=1`.',
  signIn: 'For pages: the answer sets a cookie. Programs send their token with each request instead.',
  acceptInvitation: 'Makes a person; the answer has their sign-in token, and sets the cookie of a session.',
  createToken: 'It can do no more than the one who makes it. Store it: only its digest is kept here.',
  createInvitation: 'Give `role` for somebody new, or `user_id` for somebody who lost their token.',
  rotateSigningKey:
    'The new key is published now and signs after `lead_s`; what the old one signed is good for `overlap_s` more.',
  resealSecrets: 'Repeat it until `resealed` is 0; then the old secret key may go.',
  retireSigningKey: 'For a key that was stolen. Workers and playback tokens that only know it have to get new ones.',
  createWebhook:
    'Messages are signed as https://www.standardwebhooks.com has it. Answer 2xx within 5 s; else they are tried again for 24 hours.',
  testWebhook: 'Takes up to 5 seconds.',
  watchUpdates:
    'Server-Sent Events: `live_stream` has one as GET answers it, `live_stream_deleted` its id, `event` what happened; `reset`: read everything anew. Send `Last-Event-ID` to go on where you were.',
  exportConfiguration:
    'Settings, live streams with their inputs, destinations and playback ids, webhooks, people, and what is known of uploads. Tokens, workers, figures and logs are not in it.',
  importConfiguration: 'All of it or nothing. What is here and not in the export stays. Try it with `dry_run=1` first.',
  publish: 'Send `Authorization: Bearer` with the stream key. `Location` of the answer is the session.',
  getMedia: 'For players; addresses are those that `GET /v1/playback/{playbackId}` names.',
}

/** A request of each kind that people begin with, by the name of its operation. */
export const requestExamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  createLiveStream: {
    'From an encoder such as OBS': { name: 'Lecture 1' },
    'From an encoder, with a file as its backup': {
      name: 'Channel 1',
      inputs: [
        { type: 'push', name: 'OBS' },
        { type: 'pull', urls: ['https://example.com/pause.mp4'], loop: true, name: 'Backup' },
      ],
    },
    'From a Twitch channel, always on': {
      name: 'Rerun',
      source: { type: 'channel', url: 'https://www.twitch.tv/name' },
      always_on: true,
      latency_mode: 'high_quality',
    },
  },
  updateLiveStream: {
    'Another ladder': { ladder: { preset: '1080p' } },
    'A card while the source is away': { slate: { during: { type: 'card', text: 'Be right back' } } },
  },
  resetStreamKey: { 'The old key for one more hour': { grace_s: 3600 } },
  createLiveStreamInput: { 'From an address': { type: 'pull', url: 'https://example.com/live/index.m3u8' } },
  updateLiveStreamInput: { 'First choice': { priority: 1 } },
  createLiveStreamDestination: {
    'A platform': { platform: 'twitch', stream_key: 'live_0123_abcd', profile: { height: 720, fps: 60 } },
    'Any server': { url: 'rtmps://live.example/app', stream_key: 'abcd-efgh', profile: 'source' },
  },
  updateLiveStreamDestination: { Pause: { enabled: false }, 'End at a time': { stop_at: '2027-01-31T12:00:00Z' } },
  checkLiveStreamDestination: { 'Before it is added': { url: 'rtmps://live.example/app', stream_key: 'abcd-efgh' } },
  createLiveStreamPlaybackId: {
    'Only with a token, on one site': { policy: 'signed', allowed_origins: ['https://www.example.com'] },
  },
  updateLiveStreamPlaybackId: { 'For everybody': { policy: 'public' } },
  createLiveStreamPlaybackIdToken: { 'For an hour': { expires_in_s: 3600 } },
  planEncodes: { 'Three sizes and Twitch': { ladder: { preset: '1080p' }, destinations: [{ platform: 'twitch' }] } },
  createJoinToken: { 'For a machine with a graphics card': { name: 'gpu-1', labels: ['gpu=nvidia'] } },
  updateWorker: { 'Empty it before an upgrade': { draining: true } },
  signIn: { 'With a token': { token: 'weir_user_0123456789abcdefghijklmnopqrstuv' } },
  acceptInvitation: { 'With the part of the link behind #': { invitation: 'weir_invite_0123', name: 'Anna' } },
  createToken: {
    'For a program that looks': { name: 'Monitoring', scopes: ['read'] },
    'Until a date': { name: 'Event', scopes: ['read', 'write'], expires_at: '2027-01-31T12:00:00Z' },
  },
  updateToken: { 'Ends later': { expires_at: '2027-12-31T00:00:00Z' } },
  createInvitation: { 'Somebody new': { name: 'Anna', role: 'operator' } },
  updateUser: { 'Another role': { role: 'viewer' } },
  rotateSigningKey: { 'In an hour': { lead_s: 3600 } },
  createWebhook: {
    'What concerns viewers': { url: 'https://example.com/hooks/weir', events: ['stream.*', 'alert.raised'] },
  },
  updateWebhook: { 'Switch it off': { enabled: false } },
  rotateWebhookSecret: { 'The old one for a day': { overlap_s: 86_400 } },
  updateAlertRules: {
    'Later, and by night not at all': {
      rules: [{ kind: 'source_down', threshold: 120 }],
      quiet_times: [
        { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' },
      ],
    },
  },
  updateLogLevels: { 'All of one stream for ten minutes': { debug: [{ live_stream_id: 'ls_0123', minutes: 10 }] } },
  updateSettings: {
    Brand: { brand: { name: 'Our streams', accent: '#3050c0' } },
    'New streams': { defaults: { latency_mode: 'low_latency' } },
  },
}

/** Bodies that the route itself reads, by the name of its operation: the name of their schema. */
export const requestSchemas: Readonly<Record<string, string>> = { importConfiguration: 'ExportDocument' }
