/** Times of the pacing rules (design.md, "Stall" and "On return"). Milliseconds. */
export const gateTimes = {
  /** No picture for this long, and late: the source has stalled. */
  silenceMs: 600,
  /** Lateness that counts as late beside silence. */
  lateMs: 200,
  /** Lateness that is a stall by itself, pictures or not. */
  hopelesslyLateMs: 3_000,
  /** What is earlier than this waits. */
  earlyMs: 300,
  /** Past this lead the output hops to the newest keyframe. */
  tooEarlyMs: 700,
  /** Missing sound is filled with silence once it is this late while pictures go on. */
  audioLateMs: 1_000,
} as const

/** Whether the source has stalled, from how long no picture has come and how late the timeline is. */
export function isStalled(silentMs: number, lateMs: number): boolean {
  return (silentMs >= gateTimes.silenceMs && lateMs > gateTimes.lateMs) || lateMs > gateTimes.hopelesslyLateMs
}

/** What to do with a sample that is `leadMs` before the wall. */
export function paceSample(leadMs: number): 'send' | 'hold' | 'hop' {
  if (leadMs <= gateTimes.earlyMs) return 'send'
  return leadMs <= gateTimes.tooEarlyMs ? 'hold' : 'hop'
}
