/** One input as the choice sees it. */
export interface InputCandidate {
  readonly id: string
  /** 1 is the first choice. */
  readonly priority: number
  /** Milliseconds for which it has sent without a break; null: it does not send. */
  readonly sendingForMs: number | null
  /** It was tried a moment ago and gave no picture. */
  readonly failedLately: boolean
  /** For so long it must have sent before it takes over from one that is well, milliseconds. */
  readonly goodAfterMs: number
}

export interface InputSituation {
  readonly candidates: readonly InputCandidate[]
  /** The input that has the encoder now. */
  readonly chosenId: string | undefined
  /** Whether that one gives pictures, or was only just chosen and may yet. */
  readonly chosenIsWell: boolean
  /** What an operator wants on air as long as it sends. */
  readonly pinnedId: string | null
}

/** One that the operator asks for must only have shown that it sends, milliseconds. */
const pinnedAfterMs = 500

/**
 * The input that ought to have the encoder: the best that sends, at once where the present one gives nothing, and only
 * after it has been good for a while where the present one does. Undefined: none sends, and none was chosen.
 */
export function chooseInput({ candidates, chosenId, chosenIsWell, pinnedId }: InputSituation): string | undefined {
  const ranked = candidates.toSorted((a, b) => rank(a, pinnedId) - rank(b, pinnedId))
  const chosen = candidates.find(({ id }) => id === chosenId)
  if (!chosen || !chosenIsWell) {
    const sending = ranked.filter(({ sendingForMs }) => sendingForMs !== null)
    // One that failed lately is better than one that sends nothing; another is better than either.
    const best = sending.find((each) => !each.failedLately && each.id !== chosenId) ?? sending[0]
    return best?.id ?? chosen?.id
  }
  const better = ranked.find(
    (each) =>
      rank(each, pinnedId) < rank(chosen, pinnedId) &&
      !each.failedLately &&
      (each.sendingForMs ?? 0) >= (each.id === pinnedId ? pinnedAfterMs : each.goodAfterMs),
  )
  return better?.id ?? chosen.id
}

const rank = ({ id, priority }: InputCandidate, pinnedId: string | null) => (id === pinnedId ? 0 : priority)
