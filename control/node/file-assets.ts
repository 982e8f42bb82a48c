import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import type { Assets } from '../runtime.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** The built pages in `folder`, read anew each time: they are small, and a rebuild shows at once. */
export function fileAssets(folder: string): Assets {
  const root = normalize(folder + sep)
  return {
    async get(path) {
      const file = locate(root, path)
      if (file === undefined) return undefined
      const body = await readFile(file).catch(() => undefined)
      if (body === undefined) return undefined
      return new Response(body, {
        headers: { 'content-type': contentTypes[extname(file)] ?? 'application/octet-stream' },
      })
    },
  }
}

/** The file for a URL path, or undefined for one that leads out of the folder. */
function locate(root: string, path: string): string | undefined {
  try {
    const file = normalize(join(root, decodeURIComponent(path)))
    return file.startsWith(root) && !file.includes('\0') ? file : undefined
  } catch {
    return undefined
  }
}
