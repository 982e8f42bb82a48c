import type { Issue } from '#schema/contracts/live-stream.ts'
import type { DriverState } from '../driver.ts'
import { channelProblems, classifyError, qualityMissing } from './channel-problem.ts'
import { qualityWords } from './streamlink-arguments.ts'
import { redactStreamlink, type StreamlinkEvent } from './streamlink-log.ts'

/** What one streamlink has told so far. */
export interface Outlook {
  /** Streamlink's name of the site, such as `twitch`. */
  readonly site: string | null
  /** It has asked the site for the channel. */
  readonly hasAsked: boolean
  /** In its last try: the site knows the channel. */
  readonly isKnown: boolean
  /** In its last try: what went wrong. */
  readonly problem: Issue | null
  readonly qualities: readonly string[]
  readonly forSubscribers: readonly string[]
  /** The quality that it has opened; null: not live. */
  readonly opened: string | null
  readonly showsAds: boolean
}

export const blankOutlook: Outlook = {
  site: null,
  hasAsked: false,
  isKnown: false,
  problem: null,
  qualities: [],
  forSubscribers: [],
  opened: null,
  showsAds: false,
}

/** The outlook after one more event. `secret` never comes into it. */
export function lookAt(before: Outlook, event: StreamlinkEvent, secret: string | null): Outlook {
  switch (event.kind) {
    case 'plugin':
      return { ...before, site: event.name }
    case 'asks':
      return { ...before, hasAsked: true, isKnown: false, problem: null, forSubscribers: [] }
    case 'known':
      return { ...before, isKnown: true, problem: event.isBlocked ? channelProblems.blocked : null }
    case 'error':
      // What the site itself gave as the reason says more than the refusal that follows.
      if (before.problem === channelProblems.blocked) return before
      return { ...before, problem: classifyError(redactStreamlink(event.text, secret)) }
    case 'qualities':
      return { ...before, qualities: event.names }
    case 'subscribers_only':
      return { ...before, forSubscribers: [...before.forSubscribers, event.quality].slice(-20) }
    case 'opens':
      return { ...before, opened: event.quality, problem: null }
    case 'ads_begin':
    case 'ad':
      return { ...before, showsAds: true }
    case 'ads_end':
      return { ...before, showsAds: false }
    case 'waits':
      return before
  }
}

/** Whether its last try has told what is the matter with the channel. */
export const toldSomething = ({ isKnown, problem }: Outlook): boolean => isKnown || problem !== null

/** What is wrong with the quality that was opened; null: nothing. */
export function qualityIssue({ opened, qualities, forSubscribers }: Outlook, wanted: string): Issue | null {
  if (opened === null || qualities.length === 0) return null
  const words = qualityWords(wanted)
  if (words.some((word) => qualities.includes(word))) return null
  const names = qualities.filter((name) => !name.startsWith('best') && !name.startsWith('worst'))
  return qualityMissing(
    wanted,
    opened,
    names.toReversed(),
    words.some((word) => forSubscribers.includes(word)),
  )
}

/** What to say while the channel is not live. `unreachable`: why its site can't be reached; null: it can, for all we know. */
export function notLive({ site, isKnown, problem }: Outlook, unreachable: Issue | null): DriverState {
  if (problem) return failed(problem)
  if (isKnown) return { state: 'waiting', detail: `The channel is offline. ${byItself}`, issue: null }
  if (unreachable) return failed(unreachable)
  if (site === 'twitch') return failed(channelProblems.unknown)
  return {
    state: 'waiting',
    detail: `The channel is offline, or there is none at this address. ${byItself}`,
    issue: null,
  }
}

/** What to say while it is. */
export function live({ opened, showsAds }: Outlook, issue: Issue | null): DriverState {
  if (showsAds)
    return { state: 'waiting', detail: 'The channel has an ad break. It goes on after it by itself.', issue }
  return { state: 'connecting', detail: `The channel is live; its quality "${opened}" is being fetched.`, issue }
}

export function failed(issue: Issue): DriverState {
  return { state: 'failed', detail: `${issue.detail} It is tried again by itself.`, issue }
}

const byItself = 'It goes on air by itself once the channel is live.'
