/** Resolves a URL (RFC 3986 §5) as the package `url-toolkit` does for hls.js, by the browser's own means. */
export const buildAbsoluteURL = (base: string, relative: string): string => new URL(relative, base).href
