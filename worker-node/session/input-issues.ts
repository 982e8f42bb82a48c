import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { InputType } from '#schema/enums.ts'
import { standbyGopTooLong } from './source-issues.ts'

/** One input beside the others. */
export interface InputInSight {
  readonly id: string
  readonly type: InputType
  /** What people call it. */
  readonly name: string
  /** It is on air, or will be as soon as its picture comes. */
  readonly isCurrent: boolean
  /** It sends, and gave a picture where it was tried. */
  readonly isWell: boolean
  readonly source: SourceDescription | null
}

export interface InputsInSight {
  readonly inputs: readonly InputInSight[]
  readonly pinnedId: string | null
  /** Pictures of the current one go out. */
  readonly isLive: boolean
  /** Sources go out as they are. */
  readonly passesThrough: boolean
}

/** What is wrong with the inputs of a stream that are not on air: seen before they are needed. */
export function inputIssues({ inputs, pinnedId, isLive, passesThrough }: InputsInSight): Issue[] {
  const pinned = inputs.find(({ id }) => id === pinnedId)
  const current = isLive ? inputs.find(({ isCurrent }) => isCurrent) : undefined
  const isMissing = pinned && inputs.length > 1 && pinned !== current && !pinned.isWell
  const others = passesThrough ? inputs.filter(({ isCurrent }) => !isCurrent) : []
  return [...(isMissing ? [pinnedMissing(pinned, current)] : []), ...others.flatMap((each) => standbyGopTooLong(each))]
}

const pinnedMissing = ({ id, name }: InputInSight, instead: InputInSight | undefined): Issue => ({
  code: 'pinned_input_missing',
  severity: 'info',
  detail: `“${name}” was chosen to be on air and gives no picture now. ${instead ? `“${instead.name}” is on air instead.` : 'No other input is on air in its place.'}`,
  fix: 'Start it: it then goes on air by itself. Or release it, and the best input that sends is on air.',
  input_id: id,
})
