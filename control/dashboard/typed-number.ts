/**
 * What somebody typed where a number belongs, with a comma or a point: null where nothing stands. What is no number stays
 * as it is, so that control refuses it at its field, where JSON would make it null.
 */
export function typedNumber(typed: FormDataEntryValue | null): number | null {
  const text = String(typed ?? '').trim()
  if (text === '') return null
  const value = Number(text.replace(',', '.'))
  return Number.isFinite(value) ? value : (text as unknown as number)
}

/** What control says of it at its field, where that is meant for programs in words for people. */
export const numberRefusal = (refusal: string | undefined, example: string): string | undefined =>
  refusal?.startsWith('Must be a number') ? `Write a number, like ${example}.` : refusal
