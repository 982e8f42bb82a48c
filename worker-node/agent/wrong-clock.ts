/** Words for the operator of a machine whose clock is so far ahead of control's, milliseconds; negative: behind. */
export function wrongClockWords(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)]
  const text =
    hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
  return `The clock of this machine is ${text} ${aheadMs > 0 ? 'ahead of' : 'behind'} the control plane's. Weir goes by the control plane's time; set the clock all the same, so that logs agree.`
}
