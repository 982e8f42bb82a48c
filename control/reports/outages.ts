import type { DeliverySpan } from '#schema/contracts/broadcast.ts'

/** A time in which a destination was to broadcast and could not. */
export interface Outage {
  readonly from: string
  readonly to: string
  /** What was wrong, of the destination that `name` names. */
  readonly title: (name: string) => string
  readonly detail: string
  /** It said no: somebody has to mend that. */
  readonly isRefusal: boolean
}

/** All attempts without a broadcast between them are one outage, the time that each took included. */
export function outagesOf(spans: readonly DeliverySpan[]): Outage[] {
  const outages: Outage[] = []
  let attempts: DeliverySpan[] = []
  let wasOnAir = false
  const close = () => {
    const outage = outageOf(attempts, wasOnAir)
    if (outage) outages.push(outage)
    attempts = []
  }
  for (const span of spans) {
    if (triesToBegin(span)) attempts.push(span)
    else {
      close()
      wasOnAir ||= isOnAir(span)
    }
  }
  close()
  return outages
}

/** A refusal says the most; what failed first, why the others did. Attempts that did not fail are a beginning. */
function outageOf(attempts: readonly DeliverySpan[], wasOnAir: boolean): Outage | undefined {
  const [first] = attempts
  const failures = attempts.filter(({ state }) => state !== 'starting')
  const refusal = failures.find(isRefusal)
  const cause = refusal ?? failures[0]
  if (!first || !cause) return undefined
  const said = titles[cause.reason ?? '']
  const usual = refusal ? refused : wasOnAir ? lost : unreached
  const title = said && (refusal || !wasOnAir || tellsOfBroadcast.has(cause.reason)) ? said : usual
  const to = attempts.at(-1)?.to ?? first.to
  return { from: first.from, to, title, detail: cause.detail, isRefusal: refusal !== undefined }
}

const triesToBegin = ({ state }: DeliverySpan): boolean =>
  state === 'starting' || state === 'retrying' || state === 'errored'

const isOnAir = ({ state }: DeliverySpan): boolean => state === 'broadcasting' || state === 'slate' || state === 'slow'

/** A key that is in use may be free again by itself, so that is tried as often as a connection: a refusal all the same. */
const isRefusal = ({ state, reason }: DeliverySpan): boolean => state === 'errored' || reason === 'already_live'

/** Codes that say more of a broadcast that broke off than that it did. */
const tellsOfBroadcast: ReadonlySet<string | null> = new Set(['closed_soon', 'stalled'])

const refused = (name: string): string => `${name} refused the stream`
const lost = (name: string): string => `${name} was lost`
const unreached = (name: string): string => `${name} was not reached`

/** What each code of a destination's error means for people. */
const titles: Readonly<Record<string, Outage['title']>> = {
  unreachable: unreached,
  timeout: (name) => `${name} did not answer`,
  tls_failed: (name) => `${name} was reached, but no secure connection came about`,
  protocol_error: (name) => `${name} answered, but not as a server for streams`,
  closed_by_platform: (name) => `${name} closed the connection`,
  closed_soon: (name) => `${name} ended the stream as soon as it had begun`,
  stalled: (name) => `${name} stopped taking the stream`,
  still_publishing: (name) => `${name} still held an earlier connection`,
  internal: (name) => `The stream could not be sent to ${name}`,
  already_live: (name) => `${name} refused the stream: its key is in use already`,
  rejected_stream_key: (name) => `${name} refused the stream key`,
  rejected_passphrase: (name) => `${name} refused the passphrase`,
  rejected_app: (name) => `${name} refused the connection: most often the end of the address is wrong`,
  over_limit: (name) => `${name} refused the stream: it is over a limit there`,
  unsupported: (name) => `${name} does not take such a stream`,
}
