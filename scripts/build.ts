import { buildWeb } from './build-web.ts'

// `npm run build`: the web pages and the player into dist/web.
for (const { path, gzipBytes } of await buildWeb())
  process.stdout.write(`${path.padEnd(44)} ${(gzipBytes / 1024).toFixed(1).padStart(7)} KiB gzip\n`)
