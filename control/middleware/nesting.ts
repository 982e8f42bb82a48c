/** Lists and objects inside of each other at most; no body of ours has ten. */
export const nestingMax = 64

/**
 * Whether `json`, a text that could be read, is nested deeper than {@link nestingMax}. What is needs no more of us than two
 * bytes a level, and whoever copies or prints it calls itself once for each.
 */
export function isNestedTooDeep(json: string): boolean {
  let depth = 0
  for (let index = 0; index < json.length; index++) {
    const unit = json.charCodeAt(index)
    if (unit === quote) index = endOfText(json, index)
    else if (unit === openList || unit === openObject) {
      if (++depth > nestingMax) return true
    } else if (unit === closeList || unit === closeObject) depth--
  }
  return false
}

/** Where the quote stands that ends the text which begins at `start`. Jumps: an import has pictures in its texts. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0
    while (json.charCodeAt(end - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return json.length
}

const [quote, backslash, openList, openObject, closeList, closeObject] = Array.from('"\\[{]}', (each) =>
  each.charCodeAt(0),
)
