import type * as v from 'valibot'

/** The way to a field of a request, for an issue that a check of several fields raises. */
export function issuePath(request: unknown, ...keys: (string | number)[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  const path = keys.map((key, depth): v.IssuePathItem => {
    const input = keys.slice(0, depth).reduce<unknown>(step, request)
    return { type: 'unknown', origin: 'value', input, key, value: step(input, key) }
  })
  return path as [v.IssuePathItem, ...v.IssuePathItem[]]
}

const step = (value: unknown, key: string | number): unknown => (value as Record<string | number, unknown>)[key]
