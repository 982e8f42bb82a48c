import { english, type PlayerWords } from './en.ts'

const locales: Readonly<Record<string, PlayerWords>> = { en: english }

/** The words for a BCP 47 language tag (`en-GB` falls back to `en`), English where there are none. */
export const wordsFor = (language: string): PlayerWords =>
  locales[language.toLowerCase()] ?? locales[language.split('-')[0]?.toLowerCase() ?? ''] ?? english
