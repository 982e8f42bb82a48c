import type { CopyrightProfile } from './contracts/settings.ts'

/** The profile as one sentence for people, such as "© Example School. All rights reserved."; null where it says nothing. */
export function copyrightLine({ owner, notice }: CopyrightProfile): string | null {
  const parts = [owner && `© ${owner}`, notice].filter((part) => part !== null && part !== '')
  return parts.length === 0 ? null : parts.join('. ')
}
