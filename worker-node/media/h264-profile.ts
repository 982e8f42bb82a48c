/** Names of `profile_idc`, ISO/IEC 14496-10 Annex A. */
const names: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4 Predictive',
}

/** `constraint_set1_flag` of Baseline: every decoder of Main plays it. */
const constraintSet1 = 0x40

/** The profile in an RFC 6381 name such as `avc1.64001f`; null for one that has no name. */
export function h264Profile(codec: string): string | null {
  const [profile, constraints] = [codec.slice(5, 7), codec.slice(7, 9)].map((hex) => Number.parseInt(hex, 16))
  if (profile === 66 && constraints !== undefined && constraints & constraintSet1) return 'Constrained Baseline'
  return names[profile ?? 0] ?? null
}
