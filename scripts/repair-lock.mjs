// Completes package-lock.json after `npm install` (run it after every change of a dependency).
//
// `npm ci` refuses a lock in which an optional platform package stands only as somebody's dependency.
// npm leaves such holes when its registry does not carry the package; an entry that names version,
// os and cpu is enough for `npm ci` to know that it may skip it.
import { readFileSync, writeFileSync } from 'node:fs'

const lockUrl = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockUrl, 'utf8'))

const operatingSystems = ['android', 'darwin', 'linux', 'win32', 'windows', 'freebsd', 'openbsd']
const processors = { arm64: 'arm64', x64: 'x64', 64: 'x64' }

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (lock.packages[path]) continue
    const words = name.split(/[-/]/)
    const os = words.find((word) => operatingSystems.includes(word))
    const cpu = processors[words.findLast((word) => word in processors)]
    if (!os || !cpu) throw new Error(`Cannot tell the platform of ${name}; add it to the lock by hand.`)
    lock.packages[path] = { version, os: [os === 'windows' ? 'win32' : os], cpu: [cpu], optional: true }
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(lockUrl, `${JSON.stringify(lock, null, 2)}\n`)
