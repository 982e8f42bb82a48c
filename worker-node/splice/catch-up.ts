import { msToTicks } from './timeline.ts'

/**
 * Times real time at which the slate makes up for what is missing (the process stood still, or the slate was not there
 * yet): more than a destination takes at once it would have to drop.
 */
const catchUpRate = 3
/** Two ticks count as so far apart at most where it makes up, milliseconds. */
const longestCatchUpStepMs = 100

/** How far a slate has been played, which may have to make up for what is missing before it. */
export class CatchUp {
  #position = 0
  #isBehind = false

  /** It still makes up for what is missing. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** The slate goes on air here; video ticks. */
  begin(position: number): void {
    this.#position = position
  }

  /** Where it is to be played to now, video ticks: where it is due, unless that is too far at once. */
  next(due: number, sinceTickMs: number): number {
    const most = this.#position + msToTicks(Math.min(sinceTickMs, longestCatchUpStepMs) * catchUpRate)
    this.#isBehind = due > most
    this.#position = Math.min(due, most)
    return this.#position
  }
}
