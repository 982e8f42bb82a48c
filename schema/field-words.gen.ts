// Made by scripts/build-field-words.ts from the doc comments of the contracts (npm run words).
/** By contract, then by schema and the path to the field in it. */
export const fieldWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  access: {
    accessName: 'What people and tokens are called.',
    scopes: 'What a credential may do: `read`, `write`, `admin`.',
    signInRequest: "Body of `POST /v1/session`: an API token, or a person's sign-in token.",
    sessionSchema: 'Who is signed in, or whose token came with the request. All null: nobody.',
    'sessionSchema.user_id': 'Null: the token belongs to the install and not to a person.',
    'sessionSchema.name': "The person's name, else the token's.",
    'sessionSchema.role': 'Of a person.',
    'sessionSchema.scopes': 'What may be done; empty where nobody is signed in.',
    'sessionSchema.live_stream_id': 'The one live stream that is shown; null: all.',
    'sessionSchema.session_id': 'The sign-in to the dashboard; null: the request came with a token.',
    time: 'A point in time, RFC 3339, as the API prints them.',
    createToken: 'Body of `POST /v1/tokens`.',
    'createToken.scopes': 'What it may do; a token that only looks is the default.',
    'createToken.live_stream_id': 'The one live stream that it sees and changes; null: all.',
    'createToken.expires_at': 'When it ends; null: when it is deleted.',
    patchToken: 'Body of `PATCH /v1/tokens/:id`. What a token may do stays: make a new one instead.',
    tokenSchema: 'A token, without the token itself.',
    'tokenSchema.kind': '`api`: of a program. `sign_in`: what a person signs in with.',
    'tokenSchema.scopes': "What it may do; of a person's token, no more than their role allows.",
    'tokenSchema.user_id':
      'Whose it is: it can do no more than they, and ends with them. Null: it belongs to the install.',
    'tokenSchema.created_by': 'Who made it; null: a start of Weir.',
    'tokenSchema.last_used_at': 'To the minute; null: never.',
    createdToken: 'Answer to `POST /v1/tokens`: `token` is shown this once.',
    userSchema: 'A person who uses the dashboard.',
    'userSchema.role': '`owner`: all. `operator`: streams. `viewer`: only looks.',
    'userSchema.last_used_at': 'To the minute, with any of their tokens; null: never.',
    patchUser: "Body of `PATCH /v1/users/:id`. A new role ends the person's sign-ins.",
    createInvitation:
      'Body of `POST /v1/invitations`: for somebody new, `role`; for somebody who lost their token, `user_id`.',
    'createInvitation.name': 'Who it is for.',
    'createInvitation.expires_in_s':
      'How long the link is good, seconds: 5 minutes to 30 days, and 7 days if left out.',
    invitationSchema: 'An invitation, without its link.',
    'invitationSchema.user_id': 'Somebody who is here already and gets a new sign-in token; null: somebody new.',
    'invitationSchema.used_at': 'Null: not yet.',
    createdInvitation: 'Answer to `POST /v1/invitations`: `link` is shown this once, and lets one person in.',
    joinWithInvitation:
      'Body of `POST /v1/session/join`: what stands behind `#` in the link, and how the person wants to be called.',
    joinedSession: 'Answer: signed in. `token` is what to sign in with elsewhere, and is shown this once.',
    ownSession: "One of one's own sign-ins to the dashboard.",
    'ownSession.browser': 'What the browser calls itself.',
    'ownSession.current': 'The one that this request came with.',
  },
  alert: {
    alertSchema: 'Something that is or was wrong for long enough to tell.',
    'alertSchema.subject': 'What it is about: a live stream, a destination, a worker, a webhook, or `install`.',
    'alertSchema.detail': 'A sentence.',
    'alertSchema.fix': 'What to do.',
    'alertSchema.since': 'Since when it is so, as control saw it.',
    'alertSchema.returns': 'How often it came back soon after it was resolved; it is still this alert then.',
    alertRule: 'A rule as the API answers it.',
    'alertRule.threshold': 'In `unit`: how long it must last (seconds), or where it begins.',
    quietTime:
      'A part of the week in which alerts are raised and not sent. What was held back comes as one `alert.digest` after it.',
    'quietTime.days': 'On which it begins.',
    'quietTime.to': 'Not later than `from`: on the next day.',
    'quietTime.time_zone': 'As in the IANA database: `Europe/Zurich`.',
    'quietTime.kinds': 'Only of these rules; null: of all.',
    alertSettings: 'Answer of `GET /v1/alert-rules`.',
    'alertSettings.reminder_hours': 'What lasts and nobody has acknowledged is told again so often, hours; 0: never.',
    patchAlertSettings: 'Body of `PATCH /v1/alert-rules`; what is left out stays.',
    'patchAlertSettings.rules.threshold': 'In the unit of the rule: up to 86,400 seconds, 100 percent, 3,650 days.',
    'patchAlertSettings.quiet_times': 'All of them.',
  },
  asset: {
    assetSchema: 'A picture or a video that was uploaded, as the API answers it.',
    'assetSchema.name': 'As it was uploaded, for people.',
    'assetSchema.sha256': 'Hex.',
  },
  'audit-log': {
    auditEntry: 'A change that somebody made, or was not allowed to make.',
    'auditEntry.actor': 'Who, as they were called then.',
    'auditEntry.actor.user_id': 'Null: a token of the install.',
    'auditEntry.action': 'What: `live_stream.change`, `token.create`, `destination.retry`, …',
    'auditEntry.outcome': '`refused`: the credential was not allowed to.',
    'auditEntry.live_stream_id': 'The live stream that it hangs on.',
    'auditEntry.before':
      'Fields as the API answered them before, of those that were changed; never secrets. Null: it was not there, or nothing shows it.',
    'auditEntry.detail': 'Why it was refused.',
    'auditEntry.request_id': 'Finds the lines of the same request in the logs.',
  },
  beacon: {
    beaconBytesMax: 'Body of a beacon at most, bytes.',
    beacon:
      "Body of `POST /v1/beacons`: how it plays for one page, since its last beacon. As JSON, or as text as `navigator.sendBeacon` sends it. Nothing in it is of a person: the page's id is random, and forgotten with the page. Answer: 204, whether or not it counts.",
    'beacon.age_s': 'Seconds since the page saw the first picture: 15 make a viewer.',
    'beacon.played_s': 'Of these, since the last beacon.',
    'beacon.startup_ms': 'From the wish to play to the first picture; only in the first beacon after that.',
    'beacon.latency_ms': 'As they are now; left out where the browser does not tell.',
  },
  'broadcast-tally': {
    stretchesMax:
      'Stretches kept of one issue or input at most; of further ones those that lie closest are told as one.',
    talliesMax: 'Destinations and issues counted of one session at most.',
    momentsMax: 'Changes of one session that control keeps at most, the newest.',
    pointsMax: 'Points of its history that one report may bring: what gathers in 15 minutes without control.',
    stretch: 'When something held, RFC 3339; `to` is null while it still holds, and where it held at the end.',
    held: 'How often and how long something held.',
    destinationTally: 'What was counted of one destination since the session began, across all its publish sessions.',
    'destinationTally.host': 'All that is said of its address.',
    'destinationTally.state': 'How it stands, or stood at the end, and since when.',
    'destinationTally.seconds': 'Time in each state.',
    'destinationTally.slate_seconds': 'Of the time that it was broadcasting, that with the slate.',
    'destinationTally.retries': 'Attempts after one that failed or was lost.',
    'destinationTally.losses': 'Times that it was broadcasting and broke off, other than by an operator.',
    broadcastTally:
      'What a worker has counted of a session since its first picture or slate. It is always the whole count, so that a report which is lost or comes twice changes nothing.',
    'broadcastTally.at': 'Until when was counted; the end, once it is over.',
    'broadcastTally.on_air': 'What goes out, or went out at the end, and since when.',
    'broadcastTally.watched_seconds': 'Time during which somebody fetched playlists of it.',
    'broadcastTally.changes':
      'Events of the session that its report tells of, so far: more than control keeps, perhaps.',
    broadcastPoint: 'Means over some seconds of a session; the longer it lasts, the more seconds are one point.',
    'broadcastPoint.source_kbps': 'What the input on air sent, kbit/s.',
    'broadcastPoint.output_kbps': 'What went out, all renditions and audio, kbit/s.',
    'broadcastPoint.fps': 'Pictures a second of what was on air.',
    'broadcastPoint.lateness_ms': 'The furthest that the output stood behind the wall clock.',
  },
  broadcast: {
    broadcastStates:
      '`live`: it is on. `ended`: its worker ended it. `lost`: its worker fell silent, and what is known ends there.',
    programmeStates: 'What viewers got. `unknown`: too long ago to be kept, or told by nobody.',
    deliveryStates:
      'What a destination got or did. `slate`: it was broadcasting, and the slate was what it got. `slow`: it was broadcasting, and media was left out because it did not take all of it.',
    'spanOf.to': 'Of what still goes on: until when it is known.',
    'spanOf.detail': 'Why, in words; empty where nothing was said.',
    'spanOf.reason':
      "Why: of the programme the status' reason, of a destination the code of its error or hold; null: not known, or none.",
    deliveryOutcomes:
      'What became of a broadcast at a destination. `unbroken`: it got all of it from where it began. `ended`: it was ended, or ended and begun anew, by a person, its rules or its limit. `troubled`: it was refused, lost or left something out. `never`: it was not on air, and not meant to be.',
    broadcastSummary:
      'One broadcast in a list. A broadcast is one session of a live stream that was seen: from its first picture or slate to its end. The last 100 of each live stream are kept.',
    'broadcastSummary.name': "The live stream's name then.",
    'broadcastSummary.ended_at': 'Null while it is live; of a lost one, when its worker was heard last.',
    'broadcastSummary.end_reason': 'Null while it is live.',
    'broadcastSummary.duration_s': 'Seconds until now or its end.',
    'broadcastSummary.destinations': 'Destinations that were on air, or were to be.',
    'broadcastSummary.destinations_with_trouble': 'Those of them that were refused, lost or left something out.',
    incident: 'Something that went wrong, with its time.',
    'incident.to': 'Null: it lasted to the end, or lasts.',
    'incident.times': 'What repeats itself is told once.',
    'incident.title': 'A few words: what was wrong with what, and how often.',
    broadcastReport: 'What is known of one broadcast; while it is live, so far.',
    'broadcastReport.continues':
      'The broadcast before it that it goes on with, after the loss or the stop of a worker; and the one that goes on with it.',
    'broadcastReport.known_until': 'Until when it is known.',
    'broadcastReport.summary': 'The most important in sentences.',
    'broadcastReport.incidents': 'In the order of time.',
    'broadcastReport.delivery.name': "Its own, else its platform's, else its host.",
    'broadcastReport.delivery.slate_s': 'Of the time that it was broadcasting, that with the slate.',
    'broadcastReport.delivery.away_s': 'Seconds in which it was to broadcast and could not, its attempts included.',
    'broadcastReport.source.bitrate_kbps': 'While a live picture was on air, kbit/s; null where nothing was measured.',
    'broadcastReport.viewers.peak':
      'The most pages that played it at a time; null: none told of itself. Other players than ours are not counted.',
    'broadcastReport.viewers.pages': 'Different pages that played it, about; null likewise.',
    'broadcastReport.viewers.watched_s':
      'Seconds during which somebody fetched playlists, be it one viewer or a cache that serves thousands.',
    'broadcastReport.moments': 'What happened, in the order of time: the newest 2,000 changes.',
    'broadcastReport.moments_left_out':
      'Older changes that are not kept; the spans that they would tell of are `unknown`.',
  },
  'destination-address': {
    rtmpUrl: 'Where an RTMP server takes encoders: an `rtmp://` or `rtmps://` URL without the stream key.',
    streamKey: "RTMP's stream name, or SRT's stream id.",
    caPem:
      'Certificates that are trusted beside the public ones, for `rtmps://`. They are shown: no private key may be among them.',
    srtPassphrase: 'What SRT encrypts with. Write-only.',
    destinationUrl:
      'Where a destination is: `rtmp://host/app`, `rtmps://host/app` or `srt://host:port?latency=200` (milliseconds, 120 where it is left out). The stream key is not part of it, nor are user and password; of a whole `srt://` address stream id and passphrase are put where they belong: see `splitSrtAddress`.',
    protocolsOf: 'What a platform takes; one that we have forgotten takes everything.',
  },
  'destination-check': {
    checkDestination:
      'Body of `POST /v1/live-streams/:id/destinations/check`: tries a connection without publishing. What is left out is taken from the destination that `destination_id` names, else from the platform.',
    'checkDestination.stream_key': 'Only SRT needs it here, as its stream id: RTMP names the key when it publishes.',
    destinationCheckResult: 'How far a connection to a destination came without publishing, and what stopped it.',
    'destinationCheckResult.ok':
      'Whether it came through. Of RTMP this says nothing of the stream key, which is named only to publish.',
    'destinationCheckResult.steps': 'The steps that were done, in order.',
    'destinationCheckResult.error': "What stopped it, as in a destination's `last_error`; null where nothing did.",
    destinationCheckOrder: "What a worker is asked to try: the claims of a token like a job's (see job-signature.ts).",
    'destinationCheckOrder.sealed_secrets': 'JSON of `destinationCheckSecrets`, sealed to the worker.',
    'destinationCheckSecrets.stream_key': "'': none.",
  },
  'destination-profile': {
    framings: 'How a picture of another shape fills the frame.',
    ownEncode:
      "An encode of a destination's own. What is left out is chosen to fit the source and the platform, and like a rendition of the viewers' that is equal in all else, so that one encode serves both.",
    'ownEncode.height': "As in `720p`: the picture's short side, pixels; its long side follows from the shape.",
    'ownEncode.fps': 'Frames per second, at most; never more than the source has.',
    'ownEncode.orientation': "`vertical` is 9:16, `landscape` 16:9; left out, the source's own shape.",
    'ownEncode.framing':
      "Where the shape is another than the source's: cut off what is too much, or show all before a blurred ground.",
    qualityName: 'The name of a quality: `auto`, `source`, or a rendition such as `720p`.',
    destinationProfile:
      "In which quality a destination gets the stream. `auto`: the largest rendition that viewers get, within the platform's limits. `source`: as it came, without encoding. `720p`: that rendition. An object: an encode of its own.",
  },
  destination: {
    stopAt: 'RFC 3339; null: with the stream.',
    maxDuration: 'Seconds that one publish session may last; null: as the platform has it.',
    'destinationRequest.url': "Left out, the platform's own; one that has none for everybody must be given.",
    'destinationRequest.stream_key': 'Only an `srt://` destination may do without.',
    'destinationRequest.start': '`manually`: it waits for `POST …/start` in each broadcast.',
    'destinationRequest.stop_at': 'When it ends for the broadcast that is on then. A time that is over is refused.',
    'destinationRequest.max_duration_s':
      "One's own limit ends the broadcast there, or rolls over; people are told a quarter of an hour before.",
    'destinationRequest.roll_over':
      "At its limit, or a minute before the platform's, the broadcast there ends cleanly and a new one begins at once.",
    createDestination: 'Body of `POST /v1/live-streams/:id/destinations`.',
    patchDestination: 'Body of `PATCH …/destinations/:id`. `enabled: false` pauses it.',
    'patchDestination.stream_key': 'Null: none, for `srt://` only.',
    destinationError: 'Why a destination is not broadcasting, in words that a person can act on. Never holds a key.',
    'destinationError.code':
      'On the way: `unreachable`, `timeout`, `tls_failed`, `protocol_error`. Refused: `rejected_stream_key`, `rejected_passphrase`, `rejected_app`, `rejected`, `already_live`, `over_limit`, `unsupported`. After a broadcast: `still_publishing`, `closed_by_platform`, `closed_soon`, `stalled`. While it lasts: `too_slow`. Ours: `internal`.',
    'destinationError.detail': 'What happened.',
    'destinationError.fix': 'What to do about it, and who: a sentence or two.',
    publisherStatus: 'How its publisher stands.',
    'publisherStatus.retries': 'Attempts since the destination last broadcast.',
    'publisherStatus.queue_ms':
      'Media that waits to be sent and to be confirmed, milliseconds; past some seconds it is dropped.',
    'publisherStatus.round_trip_ms':
      'There and back, milliseconds: of RTMP as the connection was made, of SRT all the time; null: not known.',
    'publisherStatus.dropped_ms': 'Media time dropped because the destination was too slow, milliseconds.',
    'publisherStatus.sessions': 'Publish sessions opened in this run of the stream.',
    adjustment: 'Something that a destination gets otherwise than its profile asks for.',
    'adjustment.reason': 'A sentence.',
    sentMedia: 'What a destination is sent: the picture and the sound.',
    'sentMedia.video_bitrate_kbps': 'What is aimed at; of a source that goes out as it came, its peaks.',
    'sentMedia.from': '`source`: as it came; `shared`: a rendition that viewers get; `own`: made for destinations.',
    destinationHold: 'Why a destination is wanted not to broadcast now: by its rules or by an order, not by a failure.',
    'destinationHold.detail': 'A sentence, and what to do.',
    'destinationHold.since': 'RFC 3339; null: as long as it has been configured so.',
    destinationTimes: 'When a destination broadcasts, and why it does not.',
    'destinationTimes.held': 'Null: it broadcasts with the stream, or tries to.',
    'destinationTimes.session_started_at':
      'Since when the platform counts this broadcast, RFC 3339: one publish session, with those that followed a loss within the time that the platform waits. Null: none is open.',
    'destinationTimes.session_ends_at': 'When that ends by `stop_at` or by a limit, RFC 3339; null: with the stream.',
    destinationStatus: 'Observed state of one destination; the worker reports it, the API shows it.',
    'destinationStatus.sends': 'Null while nothing is made for it.',
    destinationSchema: 'A destination as the API answers it. The stream key is write-only.',
    'destinationSchema.ordered':
      "An operator's order, until the broadcast that is on ends, or else the next one; it goes before `start`.",
    'destinationSchema.effects':
      'Only in answers to a change: what it does to the broadcast that is on, for each field that got another value.',
  },
  effect: {
    effectKinds:
      '`now`: it holds at once, and nobody notices. `new_encode`: another encode begins beside the one that runs and takes its place; publish sessions and players go on. `begins`: a publish session begins. `reconnects`: one ends, and a new one begins. `ends`: a publish session ends. `next_broadcast`: nothing is on air that it could change.',
    effectSchema: 'What the change of one field does to the broadcast that is on.',
    'effectSchema.detail': 'A sentence.',
    dryRunQuery: '`?dry_run=1` on a change: it is checked and its effects are answered, and nothing is changed.',
  },
  input: {
    pullProtocols: 'Where media may be pulled from.',
    pullUrl: 'An address to pull from. User, password and query may be in it: all of that is a secret.',
    channelUrl: 'The page of a channel, as one would open it in a browser.',
    oauthToken: "Of an account at the channel's site.",
    priority: '1 is the first choice; the input with the lowest number that sends is on air.',
    'pullEntries.url': 'One address …',
    'pullEntries.urls': '… or a playlist of files, played one after the other.',
    'pullEntries.loop': 'Begins anew after the end: a channel that runs day and night.',
    inputRequest:
      'One input as an operator writes it. `push`: an encoder connects (RTMP, SRT, WHIP). `pull`: Weir fetches it from an address. `channel`: Twitch and whatever else streamlink knows. `test`: a moving test picture with a clock and a tone.',
    'inputRequest.oauth_token': 'The OAuth token of a Twitch account. Write-only.',
    patchInput:
      "Body of `PATCH …/inputs/:id`. The type is fixed; `url`, `urls`, `loop` are a pull's, `quality`, `oauth_token` a channel's.",
    channelNow: 'What a channel says of itself.',
    inputStatus: 'Observed state of one input; the worker reports it, the API shows it.',
    'inputStatus.state_detail': 'What happens and what to do, in words.',
    'inputStatus.now': 'What it sends now; null while it sends nothing.',
    inputSchema: 'An input as the API answers it. Addresses stand in it without user, password and query.',
    'inputSchema.pinned': 'An operator wants this one on air, whatever the priorities say.',
    'inputSchema.urls': 'Where a pull or channel fetches from; null for other types.',
  },
  job: {
    jobDestination:
      'A destination inside a job. The stream key is a compact JWE (ECDH-ES) that only the addressed worker opens.',
    'jobDestination.platform': 'Whose limits hold: see platforms.ts.',
    'jobDestination.name': 'What people call it; left out where it has no name.',
    'jobDestination.changed_at':
      'RFC 3339: when it was changed, or ordered to try again: one that waits tries at once then.',
    'jobDestination.ordered':
      "An operator's order for the broadcast that is on, which goes before `start`; null: none.",
    'jobDestination.ordered_at': 'RFC 3339; null without an order.',
    'jobDestination.over_at':
      'RFC 3339: when it was ended because it had lasted as long as it may; left out where it was not.',
    'jobDestination.stop_at':
      'RFC 3339: when it ends for this broadcast, whatever else is said; null: with the stream.',
    'jobDestination.max_duration_s': 'Seconds that one publish session may last; null: as the platform has it.',
    'jobDestination.roll_over': 'Where that time is over, a new publish session begins, instead of none.',
    'jobDestination.ca_pem': 'Certificates (PEM) that are trusted beside the public ones.',
    'jobDestination.sealed_srt_passphrase': 'What SRT is encrypted with; null: not at all.',
    'inputBase.name': 'What people call it; left out where it has no name.',
    jobInput: "An input inside a job. What is sealed is a compact JWE like a destination's key.",
    'jobInput.sealed_urls': 'JSON: a list of addresses.',
    'jobInput.playlist':
      'The addresses are files, played at their own pace one after the other; else one address, live or not.',
    jobSchema:
      "The whole specification of one run: the claims of a job token (a JWS, see job-signature.ts). A worker runs nothing else. `revision` rises with each change of the stream's configuration, `fence` with each claim; a write with an old fence changes nothing.",
    'jobSchema.request_id': 'The API request that changed it last; left out where none is known.',
    'jobSchema.lease_seconds': 'Seconds that the lease lasts from each heartbeat on.',
    'jobSchema.inputs': 'First choice first.',
    'jobSchema.pinned_input_id': 'The input that an operator wants on air; null: the best that sends.',
    'jobSchema.stream_key_digest':
      'SHA-256 of the stream key, hex: lets the worker take an encoder back while control is away.',
    'jobSchema.sealed_srt_passphrase': 'What SRT callers encrypt with.',
    'jobSchema.previous_stream_keys': 'Keys before this one that encoders may still use; left out: none.',
    'jobSchema.previous_stream_keys.sealed_srt_passphrase': 'Null: a stream that is older than SRT.',
    'jobSchema.previous_stream_keys.until': 'RFC 3339: refused from then on. An encoder that is connected stays.',
    'jobSchema.copyright_profile': 'Named to viewers and platforms; left out by a control plane that knows of none.',
    'jobSchema.playback_ids':
      '`signed`: it is not for everybody, and the worker serves it to control only (`signMediaAccess`).',
  },
  keys: {
    keysSchema: '`GET /v1/keys`: what is signed and encrypted with. No key itself is ever shown.',
    'keysSchema.signing_keys':
      'Sign jobs, orders to workers and playback tokens; the public halves are at `/.well-known/jwks.json`.',
    'keysSchema.signing_keys.state':
      '`next`: published, does not sign yet. `signing`. `retiring`: what it signed is good until `retires_at`.',
    'keysSchema.signing_keys.signs_from': 'Null: from the beginning.',
    'keysSchema.signing_keys.retires_at': 'Null: no end is set.',
    'keysSchema.secret_keys':
      'Encrypt secrets in the database, newest first (`WEIR_SECRET_KEY`, or the file `secret-key`).',
    'keysSchema.secret_keys.id': 'Tells nothing of the key.',
    'keysSchema.secret_keys.known': "False: nobody has it any more, and what is under it can't be read.",
    'keysSchema.secret_keys.secrets': 'Secrets that are under it. An older key may go once this is 0.',
    'keysSchema.secret_keys.detail': 'What to do, in words.',
    rotateSigningKey: 'Body of `POST /v1/keys/rotate-signing-key`.',
    'rotateSigningKey.lead_s':
      'How long the new key is published before it signs, seconds: workers and caches learn of it.',
    'rotateSigningKey.overlap_s': 'How long what the old key signed is good after that, seconds.',
    resealAnswer: 'Answer to `POST /v1/keys/reseal`.',
    'resealAnswer.resealed': 'Secrets that were encrypted anew.',
    'resealAnswer.unreadable': 'Secrets that no key here opens; they stay as they are.',
  },
  'ladder-catalogue': {
    ladderInMode: "A ladder in one latency mode, encoded in software with that mode's preset.",
    'ladderInMode.renditions': 'Largest first.',
    'ladderInMode.encode_units':
      '"1080p30 x264 veryfast encodes" that all of it takes, with the decoding of the source.',
    namedLadder: 'A ladder that a stream can name.',
    'namedLadder.source': 'What it is told for: a smaller source has fewer renditions.',
    ladderCatalogue: 'Answer to `GET /v1/ladders`.',
    'ladderCatalogue.encoder_presets':
      'The presets of x264, fastest first, with the CPU time that each takes relative to `veryfast`.',
  },
  ladder: {
    renditionRequest: 'One rung of a ladder as an operator writes it. Its name is `<height>p`.',
    'renditionRequest.video_bitrate_kbps': 'kbit/s; left out, Weir takes a figure that fits the height.',
    ladderSchema:
      'The ladder wanted: `auto` fits the source and the machine; `720p` is topped there, with what is sensible below it; `custom` is made as written. None is ever above the source, or what that is upscaled to. `source` sends the source untouched, as the one rendition `source`, where it is H.264 within limits; else `auto` holds.',
    'ladderSchema.fps':
      'Frames per second of all renditions, at most; left out, as many as the source and the latency mode have.',
    ladderRequest: 'A ladder that somebody asks for: bit rates must make sense too.',
  },
  'live-stream': {
    displayName: 'A name that people read: trimmed, 1–120 characters, no control characters.',
    inputsMax: 'At most this many inputs a stream.',
    audioSettings: 'How the sound is treated.',
    'audioSettings.normalize':
      'Brings the programme to −16 LUFS (EBU R 128 / AES streaming practice), with the peaks held under −1.5 dBTP.',
    encodingSettings: 'How the picture is encoded.',
    'encodingSettings.encoder':
      'What encodes: x264, a part of the machine that FFmpeg knows by this name, or the best that the worker has room for. One that the worker has not is accepted: x264 takes its place, and `health.issues` has `encoder_not_there`.',
    'encodingSettings.no_software_fallback':
      'The stream only goes to a worker that has the `encoder` that it names; else such a worker is preferred. A hardware encoder that fails is not replaced by x264 (`encoder_fell_back`): the slate stays until it works again (`encoder_failed_no_fallback`).',
    'encodingSettings.upscale':
      'Makes a source that is smaller than `upscale_height` that large: ladders and own encodes may go up to there.',
    'liveStreamRequest.source': 'The one input; or name several under `inputs`. Left out both, an encoder pushes.',
    'liveStreamRequest.inputs': 'Best first, unless `priority` says otherwise.',
    'liveStreamRequest.latency_mode':
      "Left out, this one, `reconnect_window` and `ladder` are as the install's settings have them under `defaults`.",
    'liveStreamRequest.reconnect_window': 'Seconds that the slate holds the broadcast after the source is gone.',
    'liveStreamRequest.always_on': 'Holds the broadcast for ever, source or none.',
    'liveStreamRequest.encoder_preset': "x264 preset; null takes the latency mode's.",
    'liveStreamRequest.slate': 'What is shown while there is no live picture.',
    createLiveStream: 'Body of `POST /v1/live-streams`.',
    patchLiveStream: 'Body of `PATCH /v1/live-streams/:id`. Inputs have routes of their own.',
    'patchLiveStream.packaging': 'Replaces all of it.',
    'patchLiveStream.placement': 'Holds from the next claim on.',
    issueSchema: 'Something that is wrong, with what to do about it.',
    'issueSchema.input_id': 'The input that it is about, where it is about one that may not be on air.',
    'issueSchema.destination_id': 'The destination that it is about, where it is about one.',
    activeRendition: 'One rendition that is being made now.',
    'activeRendition.encoder':
      'What encodes it; left out where the source goes out as it is, and by workers that do not say.',
    sessionSample: 'The last second of a session, measured.',
    'sessionSample.source_bitrate_kbps': 'Bits that the source sent per second, kbit/s.',
    'sessionSample.output_bitrate_kbps': 'Bits of all renditions and audio per second, kbit/s.',
    'sessionSample.fps':
      'Pictures a second of what is on air, over the last seconds; fewer than the source has, where this machine is too slow.',
    'sessionSample.speed': 'Media seconds encoded per wall second; under 1 the machine is too slow.',
    'sessionSample.lateness_ms': 'How far the output stands behind the wall clock, milliseconds.',
    'sessionSample.slate_seconds': 'Media time of slate played in this session, seconds.',
    'sessionSample.loudness_momentary_lufs':
      'Loudness of the last 400 ms, LUFS (EBU R 128 §2); null: not measured, or silence.',
    'sessionSample.loudness_integrated_lufs': 'Loudness of the whole run so far, gated, LUFS.',
    streamPlan: 'What a live stream makes, for whom, and what of a worker that takes.',
    'streamPlan.is_running':
      'False: nothing runs. It is what would be made by the worker that would take it, of the source that is known, else of 1080p at 30 frames per second.',
    'streamPlan.encode_units.available':
      'What the worker has of it for this stream beside its others; null: no worker is online, or it has no such encoder.',
    'streamPlan.issues': 'What would be wrong with it; while it runs, `health` says that.',
    viewerCount: 'Pages that play it in our player; other players are not counted.',
    'viewerCount.now': 'For 15 s or longer, and heard of within the last minute.',
    'viewerCount.peak': 'The most at a time in this broadcast.',
    'viewerCount.pages': 'Different ones in this broadcast, about; a page that is loaded again is another.',
    liveStreamSchema: 'A live stream as the API answers it. Secrets stand in it only after creation, reset and reveal.',
    'liveStreamSchema.status_since': 'Since when the status holds, RFC 3339.',
    'liveStreamSchema.source': 'The input on air, else the first choice: its type, and what it sends.',
    'liveStreamSchema.inputs': 'First choice first.',
    'liveStreamSchema.slate_status': 'How far the worker is with each slate; null while nothing runs.',
    'liveStreamSchema.renditions': 'What is being encoded now; empty while nothing runs.',
    'liveStreamSchema.plan': 'What is encoded, for whom, and what it takes of the worker.',
    'liveStreamSchema.viewers': 'Of the broadcast that is on.',
    'liveStreamSchema.stream_key': 'Only in answers to creation, reset and reveal.',
    'liveStreamSchema.ingest':
      'Where encoders publish to. What holds the stream key or the passphrase is in answers to creation, reset and reveal only.',
    'liveStreamSchema.ingest.srt':
      '`url` is whole after creation, reset and reveal: stream id and passphrase are in it.',
    'liveStreamSchema.ingest.whip': 'RFC 9725; `bearer` is the stream key.',
    'liveStreamSchema.effects':
      'Only in answers to a change: what it does to the broadcast that is on, for each field that got another value.',
    'liveStreamSchema.previous_stream_key_until':
      'Until when encoders may still use the stream key before the present one; left out: they may not.',
    resetStreamKey: 'Body of `POST /v1/live-streams/:id/reset-stream-key`; it may be left out.',
    'resetStreamKey.grace_s':
      'How long encoders may still use the old stream key and SRT passphrase, seconds: 7 days at most. A second reset ends it.',
  },
  'log-levels': {
    level: 'Null: as the process was started (`WEIR_LOG_LEVEL`).',
    logLevelSettings: "Answer of `GET /v1/log-levels`: how much is logged, by an operator's order.",
    'logLevelSettings.workers': 'All workers that have no level of their own below.',
    'logLevelSettings.worker': "By a worker's id.",
    'logLevelSettings.debug': 'Streams of which everything is logged for a while, on control and on their workers.',
    patchLogLevels: 'Body of `PATCH /v1/log-levels`; what is left out stays. Workers follow with their next heartbeat.',
    'patchLogLevels.worker': 'Of single workers; null: as all.',
    'patchLogLevels.debug': 'Streams to look at more closely, for so many minutes; 0 ends it.',
  },
  log: {
    logLinesPerHeartbeat: 'Lines in one heartbeat at most.',
    reportedLineMax: 'A line as JSON, characters.',
    logLineSchema:
      'One line of a log. What happened stands in `msg`; the other members are ids to follow a case by, and facts of that one line. Nothing in it is secret.',
    'logLineSchema.time': 'RFC 3339, by the clock of the machine that wrote it.',
    'logLineSchema.part': '`control`, `worker` or `ffmpeg`.',
    'logLineSchema.request_id': 'Of the API request that caused it.',
    'logLineSchema.repeated': 'How often it was said in the ten seconds before, where it is a repetition.',
    reportedLogLine: 'A line that a worker sends along with a heartbeat. `id` makes a repeated delivery harmless.',
    keptLogLine: 'A line as `GET /v1/live-streams/:id/logs` answers it.',
    logOrder: "In a heartbeat's answer: how much the worker is to log, as an operator ordered it.",
    'logOrder.level': 'Null: what the worker was started with.',
    'logOrder.debug': 'Streams of which everything is logged until then, RFC 3339.',
  },
  metrics: {
    rangeEntries: 'Query of `GET …/metrics`, without what it is of.',
    'rangeEntries.from': 'RFC 3339; left out, ten minutes before `to`. What is further back than 90 days is not there.',
    'rangeEntries.to': 'RFC 3339; left out, now.',
    'rangeEntries.step':
      'Seconds of a point. Rounded up to one that is kept for so long and that makes 2,000 points at most; `step_s` of the answer says which. Left out, as fits a chart.',
    'rangeEntries.format': '`csv`: a table (RFC 4180), as with `Accept: text/csv`.',
    rangeQuery: 'Query of `GET /v1/workers/:id/metrics`.',
    streamMetricsQuery: 'Query of `GET /v1/live-streams/:id/metrics`.',
    'streamMetricsQuery.destination_id': 'Of this destination instead of the whole stream.',
    'streamMetricsQuery.rendition': 'Of this rendition, by its name, instead of the whole stream.',
    metricSeries: 'One line of a chart.',
    'metricSeries.unit': '`kbit/s`, `ms`, `1` for a share or a plain number, `code` for states (see `about`).',
    'metricSeries.values': 'One for each of `times`; null where nothing is known.',
    metricsSchema: 'Answer to `GET …/metrics`: figures over time, ready for a chart.',
    'metricsSchema.step_s': 'Seconds of a point.',
    'metricsSchema.times': 'When each point begins, Unix seconds; as far apart as `step_s`, 2,000 at most.',
    'metricsSchema.destination_ids': 'What there is beside the whole stream in this range; empty for a worker.',
    spread: 'How the values of many pages lie: half of them, and all but 5 %, are at most so much. Null: nobody told.',
    playbackQuality: 'How it played for those who use one protocol.',
    'playbackQuality.plays': 'Times that a page began to play.',
    'playbackQuality.watched_s': 'Playing, all pages together.',
    'playbackQuality.startup_ms': 'From the wish to play to the first picture.',
    'playbackQuality.latency_s': 'From the source to the screen, each 10 s of each page.',
    'playbackQuality.bitrate_kbps': 'Each 10 s of each page; not known of `native`.',
    'playbackQuality.stalled_share':
      'Share of the time that pages wanted to play and stood still; null: nobody watched.',
    'playbackQuality.dropped_share': 'Share of the pictures that were not shown; null: not known.',
    audienceSchema:
      'Answer to `GET /v1/live-streams/:id/audience`: who watched in a range, and how it played. All of it is told by pages with our player; whoever watches in another player, as in VLC, is not in it.',
    'audienceSchema.viewers.now': 'Now.',
    'audienceSchema.viewers.peak': 'The most at a time in this range.',
    'audienceSchema.viewers.mean': 'Over the time in which anybody watched; null: nobody did.',
    'audienceSchema.countries': 'Most watched first; empty where control does not run at an edge that knows countries.',
  },
  packaging: {
    packagingSettings:
      'Lengths of what viewers fetch, seconds of media; null: as the latency mode has it. What does not go together is refused, with the rule of HLS or DASH that it breaks.',
    'packagingSettings.part_s':
      'LL-HLS parts and DASH chunks. Where the latency mode has none (`high_quality`), naming a length makes them.',
    'packagingSettings.segment_s': 'A multiple of the distance of keyframes.',
    'packagingSettings.window_segments': 'Segments in the live playlist.',
    fittingPackaging:
      "Refuses lengths that can't go together in the latency mode, each at its field. Asks nothing where either is left out.",
  },
  placement: {
    label: 'A label of a worker, like `region=eu` or `disk=fast`. Key: small letters, digits, `.`, `_`, `-` and `/`.',
    labelsMax: 'At most so many of a worker, or asked for by a live stream.',
    labelList: 'Labels; of two with one key the last counts.',
    placement: 'Where a live stream may run.',
    'placement.labels':
      'A worker must have all of these labels; none: any worker will do. What runs now goes on where it is.',
    encoderRoom: 'What an encoder of a worker could encode beside what it encodes now.',
    'encoderRoom.encode_units': 'In the units of its capacity.',
  },
  plan: {
    plannedSource: 'A source that is to be planned for.',
    'plannedSource.bitrate_kbps': 'All tracks.',
    planRequest:
      'Body of `POST /v1/plan`. What is left out is taken from the live stream that is named, else as for a new one.',
    'planRequest.source':
      "Left out: what the stream's source sends now or sent last, else 1080p at 30 frames per second is assumed.",
    'planRequest.destinations.id': 'By which the answer names it; left out, its place in this list.',
    'planRequest.destinations.url':
      "Where a destination would be refused for it, the answer's `refusal` says so; left out, the platform's own address.",
    planAnswer:
      'Answer to `POST /v1/plan`: what a configuration would make, for whom, and what it would cost. Nothing is changed.',
    'planAnswer.worker': 'The worker that it was planned for; null: none is online, and all was taken to fit.',
    'planAnswer.encoder': 'What would encode.',
    'planAnswer.encode_units.available':
      'What the worker has of it for this stream beside its others; null: no worker is online, or it has no such encoder.',
    'planAnswer.without_sharing':
      "What it would take if each destination had an encoder of its own, beside the viewers' ladder.",
    'planAnswer.encodes_saved': 'How many encodes are saved by sharing them.',
    'planAnswer.packaging': 'The lengths that viewers would get, seconds.',
  },
  'planned-encode': {
    plannedEncode: 'One encode, or the source as it comes.',
    'plannedEncode.encode_units':
      '"1080p30 x264 veryfast encodes" that it takes, or as many 1080p30 encodes of a hardware encoder; 0 for what is not encoded.',
    'plannedEncode.used_by': '`viewers`, and ids of destinations.',
    plannedDestination: 'What a destination gets of a plan.',
    'plannedDestination.encode_id': 'Empty where nothing is made for it.',
    'plannedDestination.adjustments': 'What it gets otherwise than asked for, and why.',
    'plannedDestination.refusal': 'Why nothing is sent there, with what to do; null: nothing forbids it.',
    'plannedDestination.advice': 'What its platform recommends and it does not get, with both figures.',
    runningPlan: 'What a session makes, as its worker reports it.',
    'runningPlan.encode_units': 'Of the encoder, with the decoding that all share where the CPU encodes.',
    'runningPlan.cpu_units': 'Of the CPU, where a hardware encoder encodes: decoding and scaling.',
  },
  platform: {
    platformIds: 'The platforms that Weir knows. `tutorial`: another Weir, or any address; `custom`: any server.',
    platformSource: 'Where something is written, and what it says there, in our words.',
    'platformSource.publisher': "`third_party`: not the platform's own page.",
    'platformSource.read_on':
      'When the page, a kept copy of it or notes on it were last read. Platforms change their figures without a word.',
    figureWeights:
      '`limit`: the platform refuses, ends or spoils what goes beyond. `advice`: it recommends this and takes other things too.',
    bitrateRung: 'Video bit rates up to one size and frame rate. The short side is the 720 of 1280×720 as of 720×1280.',
    platformLimits:
      'What a platform takes and wants. null: no source says it, which does not mean that there is no limit.',
    'platformLimits.max_size': 'Pixels, whichever way the picture is turned.',
    'platformLimits.video_bitrates': 'Smallest first, and the lower frame rate first.',
    'platformLimits.min_video_bitrate_kbps': 'At any size.',
    'platformLimits.audio_sample_rates': 'Hz.',
    'platformLimits.video_codecs': 'HEVC and AV1 travel by enhanced RTMP.',
    'platformLimits.b_frames': 'B-frames in a row.',
    'platformLimits.orientations': 'The one that it wants first.',
    'platformLimits.ends_after_disconnect_s': 'It ends the broadcast when nothing has come for so long.',
    'platformLimits.settings_fixed': 'Size, frame rate and codec must stay as they are in a broadcast.',
    'platformLimits.drops_over_limit': 'It disconnects a stream that is over a limit, where others scale it down.',
    platformSchema: 'A platform in the answer of `GET /v1/platforms`.',
    'platformSchema.protocols': 'The best first.',
    'platformSchema.servers':
      'Its public addresses, the default first; none where each account, event or server has its own.',
    'platformSchema.url_required':
      'A destination must name its address. An address that is given goes before `servers` in any case.',
    'platformSchema.address_help': 'Where to find the address, in words; null where `servers` has it.',
    'platformSchema.key_help': 'Where to find the stream key.',
    'platformSchema.key_help.lasts': 'How long a key works: `varies` is explained in the steps.',
    'platformSchema.starts_on_platform':
      'After media arrives, a person must press a button on the platform before anybody sees it.',
    'platformSchema.advice': 'What else is good to know; without a source it is about Weir itself.',
  },
  'playback-id': {
    allowedOriginsMax: "Sites that one playback id names at most, and keys of the operator's that sign its tokens.",
    siteOrigin: 'A site as browsers name it in `Origin`: `https://example.com`. A path, a user or a star is refused.',
    tokenKey: 'The public half of an Ed25519 key (RFC 8037). A private one is refused, as any field that is not here.',
    'tokenKey.x': '32 bytes, base64url.',
    'tokenKey.kid': 'Tokens name it in their header.',
    playbackIdSchema: 'The public name of a live stream. It never equals or reveals the stream key.',
    'playbackIdSchema.policy': '`public`: whoever knows the id may watch. `signed`: whoever has a token for it.',
    'playbackIdSchema.allowed_origins': 'Sites whose pages may play it; empty: every site.',
    'playbackIdSchema.token_keys':
      'Public keys by which tokens may be signed, beside those that `POST …/tokens` makes.',
    createPlaybackId: 'Body of `POST /v1/live-streams/:id/playback-ids`.',
    patchPlaybackId: 'Body of `PATCH /v1/live-streams/:id/playback-ids/:playback_id`; what is left out stays.',
    tokenSeconds: 'A token lasts from a minute to a week.',
    createPlaybackToken: 'Body of `POST /v1/live-streams/:id/playback-ids/:playback_id/tokens`.',
    'createPlaybackToken.expires_in_s': 'Seconds from now on.',
    playbackTokenSchema: 'Answer: who has the token may watch until it is over.',
    'playbackTokenSchema.token': 'A JWT (EdDSA): `aud` is the playback id.',
    'playbackTokenSchema.hls_url': 'For players that only take an address: the token is in it.',
  },
  playback: {
    playbackSchema:
      'Answer of `GET /v1/playback/:playback_id`: what a player needs, and nothing that is not for everybody. Cacheable for two seconds; players poll it while they wait.',
    'playbackSchema.title': "The stream's name, as viewers may read it.",
    'playbackSchema.copyright': 'Whose it is; null in all three: nobody is named.',
    'playbackSchema.status':
      "`reconnecting` also while another worker is to go on with the broadcast, for the stream's `reconnect_window`.",
    'playbackSchema.playable': 'True once playlists can be fetched: `active` or `reconnecting`, with media ready.',
    'playbackSchema.hls_url':
      'From the root of control, or a whole address where the operator has a CDN; so are the two others.',
    'playbackSchema.server_time_ms': 'Milliseconds of Unix time at the server, for players that measure latency.',
  },
  'reconnect-window': {
    reconnectWindow:
      'Seconds that the slate holds a broadcast after its source is gone. With 0, a source that says nothing for a second ends it.',
  },
  samples: {
    sampleBlockSeconds: 'Samples begin and end with these: a batch lies within one of them. Seconds.',
    batchSecondsMax:
      'Seconds of samples that one heartbeat brings of a session at most; what gathers while control is away comes bit by bit.',
    batchTextMax: 'Characters of one batch at most.',
    sampleBatch: 'What was measured each second, as a heartbeat carries it: what control has not acknowledged yet.',
    'sampleBatch.at':
      "Unix seconds of the first one, by control's clock. All of them lie within the same ten minutes (`at / 600`).",
    'sampleBatch.text':
      'One row for each second of each subject: `s=5012,4800,300;5007,4790,300|d.dst_1=2900,0;2901,0`. Whole numbers; see schema/samples.',
  },
  settings: {
    line: 'One line that people read: trimmed, without control characters.',
    copyrightProfile:
      "Who holds the rights in what is streamed. It goes with every stream: in the HLS and DASH playlists, in the metadata that platforms get, and in the player's information.",
    'copyrightProfile.owner': 'Null: nobody is named.',
    'copyrightProfile.notice': 'A sentence of your own, such as "All rights reserved."',
    'copyrightProfile.url': 'Where the terms can be read.',
    streamDefaults: 'What new live streams have where their creator names nothing else.',
    'streamDefaults.reconnect_window': 'Seconds.',
    brand: "How Weir's own pages look: dashboard, watch page, embedded player.",
    'brand.accent': "`#rrggbb` of buttons and links; null: Weir's own.",
    'brand.logo_asset_id': "An uploaded picture; null: Weir's own mark.",
    playbackSettings: 'Where viewers fetch media.',
    'playbackSettings.base_url':
      'A CDN of your own that viewers fetch public media from, like `https://cdn.example`; null: from control. Its origin is control, or the workers themselves: `{worker}` stands for the name of the worker that runs the stream, as in `https://{worker}.cdn.example`. Our own pages fetch from control, and so does everybody what is signed or for certain sites only: it is checked there.',
    installSettings: 'Answer of `GET /v1/settings`: what holds for the whole install.',
    'installSettings.slate': 'Slates of live streams that choose none of their own.',
    patchInstallSettings: 'Body of `PATCH /v1/settings`; what is left out stays.',
    startSettings:
      'Answer of `GET /v1/settings/start`: what is set where control is started and holds until the next start.',
    'startSettings.public_url':
      'Where browsers reach control (`WEIR_PUBLIC_URL`); null: under whatever address they asked.',
    'startSettings.cors_origins': 'Sites whose pages may call the API (`WEIR_CORS_ORIGINS`); `*`: all.',
    'startSettings.rate_limit_per_minute':
      'Requests that one token may make in a minute (`WEIR_RATE_LIMIT`); 0: as many as it likes.',
    'startSettings.trusted_proxy_header':
      "The header in which the web server before control writes the client's address (`WEIR_TRUSTED_PROXY`); null: there is none.",
    'startSettings.has_metrics_token': 'Whether Prometheus may read with a token of its own (`WEIR_METRICS_TOKEN`).',
    publicBrand: 'Answer of `GET /brand`, for anybody.',
  },
  slate: {
    cardText: 'What a card says large: trimmed, 1–160 characters on one line.',
    'card.text': "null: the usual words of the moment. The stream's name stands below.",
    video: 'Played in a loop with its sound; of a long one the first 60 seconds at most.',
    seconds: 'How long it is shown before the broadcast ends; 0: not at all.',
    slateSettings:
      "The slates of a live stream, or those of the whole install. null in a stream: what the install has; null in the install: Weir's own card, and none after the broadcast.",
    slateSettingsChange: 'A change of them; what is left out stays.',
    jobAsset: 'An uploaded file in a job: where to get it is known, what it must be is stated.',
    jobSlate: 'A final choice: defaults are filled in.',
    jobSlates: 'The slates of a job.',
    'jobSlates.after_seconds': '0: the broadcast ends without one.',
    slateState:
      "How far the worker is with a slate; while one of somebody's own is not ready, the card takes its place.",
    'slateState.percent': '0–100.',
    'slateState.detail': 'What went wrong, in words.',
    slateStatus: 'The same for each moment; null: not needed now.',
  },
  source: {
    sourceDescription: 'What a source sends, as seen on the wire. Null: not known, or not there.',
    'sourceDescription.protocol': '`rtmp`, `srt`, `whip`, `hls`, `http`, `rtsp`, `twitch`, `test`, …',
    'sourceDescription.video.codec': '`h264`, `hevc`, `vp8`, …',
    'sourceDescription.video.profile': '`High`, `Main`, …',
    'sourceDescription.video.keyframe_interval_s': 'Longest distance of two keyframes of late, seconds.',
    'sourceDescription.video.frame_rate_varies': 'Whether its pictures come at uneven distances; left out: not known.',
    'sourceDescription.bitrate_kbps': 'Over the last seconds, all tracks.',
    'sourceDescription.encoder': "The encoder's own name, where it gives one.",
  },
  transfer: {
    exportVersion: 'It rises where an older program could not read what a newer one writes.',
    exportDocument: 'All configuration of an install as one document: `GET /v1/export`.',
    'exportDocument.migration': 'What the database was brought up to.',
    'exportDocument.secrets':
      '`left_out`: the secrets are in `missing_secrets` by name only. `sealed`: they are in `sealed_secrets`.',
    'exportDocument.settings': 'By name of the section.',
    'exportDocument.users': 'Without their tokens: each needs an invitation to sign in.',
    'exportDocument.assets': 'Uploads that the rest names. `content` is base64, where it was asked for.',
    importReport: 'Answer of `POST /v1/import`: what it did, or with `dry_run` would do.',
    'importReport.counts': 'How many of each section.',
    'importReport.changes': 'What is created or updated, 1,000 at most. `id` is the one that it has here.',
    'importReport.changes.from_id': 'The one in the document, where it is another.',
    'importReport.missing_secrets':
      'Secrets that were neither in the document nor here: what has to be entered by hand.',
    'importReport.warnings': 'What else is not as in the document, in sentences.',
  },
  updates: {
    updateSchemas:
      "Messages of `GET /v1/stream` (Server-Sent Events), by the `event:` field; each one's data is JSON. A client opens the stream first and then lists the live streams, so that it misses nothing. `Last-Event-ID` resumes.",
    'updateSchemas.live_stream': 'A live stream is new or has changed: the same object as `GET /v1/live-streams/:id`.',
    'updateSchemas.live_stream_deleted': 'A live stream is gone.',
    'updateSchemas.event': 'Something happened; newest last.',
    'updateSchemas.reset':
      'What came since `Last-Event-ID` is not all known any more: list everything again. Updates go on from here.',
  },
  webhook: {
    eventFilter:
      "`stream.active`, or several with `*`: `stream.*`, `*.changed`, `*`. SQLite's GLOB reads it, so nothing else that has a meaning there may stand in it.",
    webhookUrl: 'An address on the web. Whether Weir may send there depends on the install; control looks at that.',
    'webhookRequest.url': 'Where events are sent by POST. `http:` only for addresses that `WEIR_WEBHOOK_ALLOW` names.',
    'webhookRequest.events':
      'Names of events, `*` for any characters. There are `stream.*` (`active`, `reconnecting`, `idle`, `worker_lost`, `created`, `changed`, `enabled`, `disabled`, `deleted`, …), `input.*`, `destination.*` (`broadcasting`, `retrying`, `errored`, …), `encoder.*`, and `alert.*` (`raised`, `reminder`, `resolved`, `digest`). The events of a live stream show more of them.',
    'webhookRequest.live_stream_id': 'Only what is about this live stream; null: of all, and of the install.',
    'webhookRequest.description': 'For people.',
    'webhookRequest.enabled': 'While it is false nothing is put down for it.',
    createWebhook: 'Body of `POST /v1/webhooks`.',
    patchWebhook: 'Body of `PATCH /v1/webhooks/:id`; what is left out stays.',
    'patchWebhook.enabled': 'True also takes back that Weir switched it off.',
    rotateWebhookSecret: 'Body of `POST /v1/webhooks/:id/rotate-secret`.',
    'rotateWebhookSecret.overlap_s': 'The secret before signs beside the new one for so long, seconds; 0: not at all.',
    webhookSchema: 'A webhook as the API answers it.',
    'webhookSchema.disabled_reason': 'Why Weir itself switched it off; null: it did not.',
    'webhookSchema.failing_since': 'Since when every attempt has failed; null: the last one did not.',
    'webhookSchema.failures': 'Attempts that failed since then.',
    'webhookSchema.secret': "`whsec_…`, for Standard Webhooks' libraries; only in answers to creation and rotation.",
    'webhookSchema.previous_secret_until': 'Until when the secret before signs as well.',
    webhookDelivery: 'One event for one webhook, and what came of it.',
    'webhookDelivery.message_id': '`webhook-id`, the same in all attempts.',
    'webhookDelivery.at': 'When it happened.',
    'webhookDelivery.attempts': 'Counted from the first one, or from the last replay.',
    'webhookDelivery.response': 'Of the last attempt; null: none came. `body` has the first KiB of it.',
    'webhookDelivery.error': 'What went wrong last, and what to do.',
    'webhookDelivery.body': 'What is sent.',
  },
  'worker-admin': {
    usualLifetimeS: 'Seconds that a join token is good for where nothing else is asked: an hour. At most 30 days.',
    createJoinToken: 'Body of `POST /v1/join-tokens`; all of it may be left out.',
    'createJoinToken.name': 'What the worker is called that joins with it; null: as it calls itself.',
    'createJoinToken.labels': 'Labels that this worker gets beside those that its host gives it.',
    'createJoinToken.expires_in_s': 'Seconds for which it can be used.',
    joinTokenSchema: 'An invitation for one worker. It is spent by the first join, and then shows who came with it.',
    'joinTokenSchema.expires_at':
      'Null: of the token that lies ready for the first worker of an install, which has no end.',
    createdJoinToken: 'A join token as its creation answers it: the one time that the token itself is shown.',
    drainSchema:
      'How a worker is emptied. It takes no more work; new encoders that come to it are handed on to other workers.',
    'drainSchema.mode':
      '`hand_over`: its live streams go to other workers at once, two at a time; encoders are asked to connect again. `finish`: they go on until they end by themselves, at the latest until `until`, and go over then. What no other worker may take stays where it is in any case.',
    'drainSchema.until': 'Null: no end.',
    workerSchema: 'A worker that has joined.',
    'workerSchema.state': '`offline`: silent for 15 seconds. `draining`: it takes no more work.',
    'workerSchema.drain': 'Null: it is not to be emptied.',
    'workerSchema.room': 'What each encoder has left beside the live streams that run there.',
    'workerSchema.labels': 'All labels that count for placement.',
    'workerSchema.own_labels':
      "Those of them that its host gives it (`WEIR_WORKER_LABELS`); of two with one key, an operator's counts.",
    'workerSchema.live_streams': 'Live streams that it runs now.',
    'workerSchema.srt_url': 'Null: not heard of since it takes SRT.',
    workerDetails: 'One worker, with what runs there.',
    'workerDetails.streams': 'At most 100, as many as a worker runs.',
    patchWorker: 'Body of `PATCH /v1/workers/:id`.',
    'patchWorker.labels': 'Replaces the labels that operators gave it; those of its host stay.',
    'patchWorker.draining': 'True: it is emptied, and takes no more work until this is false again.',
    'patchWorker.drain_mode': 'With `draining: true`.',
    'patchWorker.drain_within_s':
      'With `drain_mode: finish`: seconds until live streams that still run go over; null: no end.',
    forgetWorkerQuery: 'Query of `DELETE /v1/workers/:id`.',
    'forgetWorkerQuery.force': '1: even if it is online and runs live streams, which other workers take then.',
  },
  worker: {
    publicJwk: 'A public JSON Web Key, as jose exports it.',
    encoderCapacity: 'An encoder of a worker.',
    'encoderCapacity.encode_units':
      '1080p30 encodes that it does in real time, measured; of software, by x264 with the preset veryfast.',
    workerCapacity: 'What a worker is able to do, measured by itself.',
    'workerCapacity.encode_units': '"1080p30 x264 veryfast encodes" that this host does in real time, measured.',
    'workerCapacity.encoders':
      'What encodes there, best first: each has encoded a second of test pictures. Left out by workers that do not say.',
    originUrl:
      "Where a worker serves media: scheme, host and port, e.g. `http://10.0.0.7:8788`. Control asks there for `/live/…` and for nothing else, so a path or a query of the worker's choice has no place in it.",
    srtUrl: 'Scheme, host and port; stream id and passphrase are added by control.',
    joinRequest: 'Body of `POST /worker/v1/join`. The join token goes into `Authorization: Bearer`.',
    'joinRequest.signing_key': "Ed25519: signs this worker's requests.",
    'joinRequest.sealing_key': 'X25519: secrets are sealed to it.',
    'joinRequest.rtmp_url': 'What an encoder is told to publish to, e.g. `rtmp://host:1935/live`.',
    'joinRequest.srt_url': 'Where SRT callers go, `srt://host:8890`.',
    'joinRequest.labels':
      'What its host was told to call it by; left out: none. The join token and operators may add to them.',
    joinResponse: 'Answer to a join: the worker keeps its id and pins these job-signing keys.',
    pollRequest: 'Body of `POST /worker/v1/poll`: claims queued work. Answer: `pollResponse`.',
    'pollRequest.slots': 'Jobs that this worker takes at most now; 0: it only waits for orders.',
    'pollRequest.avoid':
      'Streams that failed on this worker a moment ago: not to be given to it, unless they have another revision by now.',
    'pollRequest.wait_s':
      'Seconds for which the answer may be held back until there is something to do; left out: none. What is held back is never answered with jobs: whoever is worth waking polls again, which proves that it is alive.',
    'pollRequest.held':
      'Live streams that it runs, or has not said the end of yet. What else it has claimed by polling it gets again: that answer never came. Left out: it gets nothing again, and its leases run out.',
    'pollRequest.orders':
      "`orders` of the last heartbeat's answer: the poll is answered as soon as they are other ones.",
    'pollResponse.again':
      'Why a poll was not held back to its end: `work` to claim, so poll again; `orders`, so send a heartbeat now. Left out: neither.',
    publishClaim:
      'Body of `POST /worker/v1/publish-claims`: an encoder has connected with the key of this digest (SHA-256, hex).',
    'publishClaim.relayed':
      'The encoder was handed on by another worker, so it is not sent on to a third for want of room. Left out: it was not.',
    publishClaimResponse:
      '200: the signed job. Else problem+json: 404 `unknown_stream_key`, 403 `stream_disabled`, 503 `no_capacity` (no worker may take it; `detail` says what is missing), or 409 with `worker` (a `leaseHolder`), to which the encoder is to be handed on: `leased_elsewhere`, that one runs it; `place_elsewhere`, nobody does, that one has what it takes and this worker has not.',
    leaseHolder:
      'The worker that holds a lease, and where it listens. Fields that a later version adds are passed over.',
    'leaseHolder.srt_url': 'Left out by a control plane that does not say.',
    sessionReport: 'Observed state of one session, as the worker sees it.',
    'sessionReport.revision': 'The configuration revision that runs.',
    'sessionReport.playable': "True once playlists can be fetched from this worker's origin.",
    'sessionReport.source': 'What the input on air sends.',
    'sessionReport.plan': 'What it encodes, and for whom; left out before it plans, and by workers that do not say.',
    'sessionReport.broadcast': 'Left out before the first picture or slate, and by workers that do not count yet.',
    'sessionReport.history': 'What control has not acknowledged yet.',
    'sessionReport.samples':
      'Of the stream, its renditions and destinations; left out where nothing is new, and by workers that do not measure.',
    'sessionReport.ended': 'Set in the last report of a session: it is over, the lease may go.',
    streamEvent:
      'Something that happened; kept by control and shown to people. `id` makes a repeated delivery harmless.',
    'streamEvent.type': '`stream.active`, `stream.reconnecting`, `destination.broadcasting`, …',
    'streamEvent.detail': 'One sentence in everyday words.',
    'streamEvent.session_id': 'The session that it belongs to; left out where none ran.',
    'streamEvent.in_report':
      "false: the report of its session's broadcast does not tell of it. Only workers say it; left out: true.",
    'streamEvent.reason': 'Of a status of the stream, its reason; of a state of a destination, the code of its error.',
    'streamEvent.destination_id': 'What it is about, if it is not about all of the stream.',
    'streamEvent.request_id': 'The API request that caused it, where one did.',
    'streamEvent.sequence':
      'The order within its live stream, in which control learned of it: 1, 2, 3, … Only control says it.',
    heartbeatRequest: 'Body of `POST /worker/v1/heartbeat`, one per worker every 3 s: renews every lease named in it.',
    'heartbeatRequest.origin_url': 'Where to reach this worker now; a restart may have changed its ports.',
    'heartbeatRequest.labels': 'See `joinRequest`; left out: as it joined.',
    'heartbeatRequest.room':
      'What each encoder has left beside all sessions; left out: control reckons with what it knows of them.',
    'heartbeatRequest.samples': 'Of the worker itself.',
    'heartbeatRequest.logs':
      'Lines of its log about streams (`reportedLogLine`), oldest first. One that is not as it should be is left out, and costs no lease.',
    'heartbeatRequest.logs_dropped': 'Lines that were too many to keep until they could be sent.',
    'heartbeatRequest.known_keys': "Ids of control's public keys that it trusts; left out: it hears of no others.",
    'heartbeatResponse.now': "Control's clock, RFC 3339; left out by a control plane that does not say.",
    'heartbeatResponse.jobs': 'Signed jobs whose revision is newer than the reported one.',
    'heartbeatResponse.stops':
      "Sessions to end now, by an operator's order. `fence` is the reported one: a stop that arrives late must not end the stream's next session.",
    'heartbeatResponse.lost': 'Streams whose lease this worker no longer holds: stop at once.',
    'heartbeatResponse.checks':
      'Signed orders to try a connection; each comes until its result is there: see `POST /worker/v1/destination-checks/:id`.',
    'heartbeatResponse.orders':
      'Stands for all that control wants of this worker: see `pollRequest`. Left out: polls are not held back.',
    'heartbeatResponse.draining':
      'It is to take no more work, and its streams go elsewhere as there is room. Left out: it is not.',
    'heartbeatResponse.log': 'How much to log; left out: what the worker was started with.',
    'heartbeatResponse.keys':
      'The keys to trust from now on, signed with one that it trusts already (key-set.ts); left out: the same as before.',
    'heartbeatResponse.witnesses':
      "Origins of up to three other workers that are online. A worker that can't reach control asks them at `GET /witness` whether they do: then its leases are over, and it ends its sessions; so it does where those on two other machines fall silent with control. Left out: nobody is asked.",
  },
  problem: {
    problemCodes:
      'Every error code of the API: its HTTP status, a short title (RFC 9457), and what to do about it. `/docs/errors` shows this table, and `type` of each problem leads there.',
    problemSchema: 'An error answer, `application/problem+json` (RFC 9457), with our stable `code`.',
    'problemSchema.type': 'Leads to this code at `/docs/errors`.',
  },
}
