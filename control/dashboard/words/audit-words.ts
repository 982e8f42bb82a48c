import type { AuditEntry } from '#schema/contracts/audit-log.ts'

const types: Readonly<Record<string, string>> = {
  live_stream: 'the live stream',
  destination: 'the destination',
  input: 'the input',
  playback_id: 'the playback id',
  token: 'the token',
  user: 'the person',
  invitation: 'the invitation',
  join_token: 'a join token for a worker',
  worker: 'the worker',
  webhook: 'the webhook',
  delivery: 'a delivery of a webhook',
  settings: 'the settings',
  asset: 'the upload',
  alert_rule: 'the rules of alerts',
  log_level: 'how much is logged',
  key: 'a key',
  alert: 'an alert',
}

/** What was done, and what somebody wanted to do. */
type Verb = readonly [done: string, wanted: string]

const verbs: Readonly<Record<string, Verb>> = {
  create: ['made', 'make'],
  change: ['changed', 'change'],
  delete: ['deleted', 'delete'],
  enable: ['switched on', 'switch on'],
  disable: ['switched off', 'switch off'],
  complete: ['ended the broadcast of', 'end the broadcast of'],
  reset_stream_key: ['replaced the stream key of', 'replace the stream key of'],
  reveal: ['looked at the stream key of', 'look at the stream key of'],
  retry: ['tried again', 'try again'],
  start: ['started', 'start'],
  stop: ['stopped', 'stop'],
  activate: ['put on air', 'put on air'],
  replay: ['sent again', 'send again'],
  test: ['tried out', 'try out'],
  acknowledge: ['took note of', 'take note of'],
  make_token: ['made a token for', 'make a token for'],
  rotate_secret: ['replaced the secret of', 'replace the secret of'],
}

/** Actions that are whole sentences of their own. */
const whole: Readonly<Record<string, Verb>> = {
  'session.create': ['signed in', 'sign in'],
  'session.join': ['came by invitation and signed in', 'come by invitation'],
  'session.delete': ['ended a sign-in of their own', 'end a sign-in'],
  'import.create': ['imported a configuration', 'import a configuration'],
  'worker.join': ['joined as a worker', 'join as a worker'],
  'input.release': ['went back to automatic inputs', 'go back to automatic inputs'],
  'key.rotate_signing_key': ['made a new signing key', 'make a new signing key'],
  'key.reseal': ['encrypted all secrets anew', 'encrypt all secrets anew'],
  'key.delete': ['took a signing key out of use', 'take a signing key out of use'],
}

/** What somebody did, as a sentence: `Anna changed the live stream “Show”: name from “a” to “b”.` */
export function auditSentence(entry: AuditEntry): string {
  const { actor, action, outcome, target } = entry
  const [type = '', verb = ''] = action.split('.')
  const name = target.name ? ` “${target.name}”` : ''
  const plain = verb.replaceAll('_', ' ')
  const [done, wanted] = whole[action] ?? verbs[verb] ?? [`did “${plain}” to`, `do “${plain}” to`]
  const object = whole[action] ? '' : ` ${types[type] ?? type.replaceAll('_', ' ')}${name}`
  if (outcome === 'refused') return `${actor.name} was not allowed to ${wanted}${object}.`
  return `${actor.name} ${done}${object}${changesOf(entry)}.`
}

/** Fields named in a sentence at most. */
const fieldsMax = 4

function changesOf({ before, after }: AuditEntry): string {
  if (!before || !after) return ''
  const names = Object.keys(after)
  if (names.length === 0) return ''
  const words = names
    .slice(0, fieldsMax)
    .map((name) => `${name.replaceAll('_', ' ')}${fromTo(before[name], after[name])}`)
  if (names.length > fieldsMax) words.push(`${names.length - fieldsMax} more`)
  return `: ${words.join(', ')}`
}

/** Of what is short enough to be read in a sentence. */
function fromTo(before: unknown, after: unknown): string {
  const [left, right] = [shortly(before), shortly(after)]
  return left === undefined || right === undefined ? '' : ` from ${left} to ${right}`
}

function shortly(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && isTime.test(value)) return new Date(value).toLocaleString()
  if (typeof value === 'string' && value.length <= 60) return `“${value}”`
  return undefined
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
