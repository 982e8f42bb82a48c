// The first thing that `npm start` and `npm test` run, on any Node from 20 on and with nothing installed yet:
// brings in what the lock file names and the programs Weir drives, then hands over to scripts/<command>.ts on the
// Node that the lock file brings along.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const binaries = join(root, 'node_modules', '.bin')

/** What each command needs besides npm packages: a test for its presence and its Debian packages. */
const programs = {
  ffmpeg: { has: () => onPath('ffmpeg') && onPath('ffprobe'), packages: ['ffmpeg', 'fonts-dejavu-core'] },
  streamlink: { has: () => onPath('streamlink'), packages: ['streamlink'] },
  chromium: { has: () => onPath('chromium'), packages: ['chromium'] },
  'nginx-rtmp': {
    has: () => existsSync('/usr/lib/nginx/modules/ngx_rtmp_module.so'),
    packages: ['nginx-core', 'libnginx-mod-rtmp'],
  },
  gstreamer: {
    has: () => ['rtmpsink', 'rtmp2sink', 'x264enc', 'voaacenc', 'flvmux'].every(hasGStreamerElement),
    packages: ['gstreamer1.0-tools', ...['base', 'good', 'bad', 'ugly'].map((set) => `gstreamer1.0-plugins-${set}`)],
  },
  'srt-live-transmit': { has: () => onPath('srt-live-transmit'), packages: ['srt-tools'] },
  'gst-rtsp-server': {
    has: () => hasPythonModule('gi', "gi.require_version('GstRtspServer', '1.0')"),
    packages: ['python3-gi', 'gir1.2-gst-rtsp-server-1.0'],
  },
  aiortc: { has: () => hasPythonModule('aiortc'), packages: ['python3-aiortc'] },
  openssl: { has: () => onPath('openssl'), packages: ['openssl'] },
}
/** Each command: what it needs of {@link programs}, what it does, and what may stand behind it (nothing, unless said). */
const commands = {
  start: { needs: ['ffmpeg', 'streamlink'], does: 'runs everything on this machine, and a demo stream' },
  test: { needs: Object.keys(programs), does: 'runs every check there is', takes: '[vitest filters]' },
  check: { needs: [], does: 'looks at format and types' },
  bench: { needs: ['ffmpeg', 'nginx-rtmp', 'chromium'], does: 'prints the figures that Weir claims', takes: '[names]' },
  build: { needs: [], does: 'makes the web pages, which control serves from dist/web' },
  'build-worker': { needs: [], does: 'makes dist/weir-worker, a worker in one file', takes: '[--script]' },
  backup: { needs: [], does: 'writes the database into one file', takes: '<file> [--with-keys]' },
  restore: { needs: [], does: 'puts such a file back', takes: '<file>' },
  'secret-key': { needs: [], does: 'puts a new key for the secrets in the database before those that there are' },
}

const [command = 'start', ...rest] = process.argv.slice(2)
if (!(command in commands)) stop(`There is no command "${command}". Use one of: ${Object.keys(commands).join(', ')}.`)
const { needs, does, takes } = commands[command]
const usage = `npm ${command === 'start' || command === 'test' ? command : `run ${command.replace('-w', ':w')}`}${takes ? ` -- ${takes}` : ''}: ${does}. README.md has the settings.`
if (rest.includes('--help') || rest.includes('-h')) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
if (!takes && rest.length > 0) stop(`Leave out “${rest.join(' ')}”. ${usage}`, 2)
const [major] = process.versions.node.split('.').map(Number)
if (major < 20) stop(`Weir needs Node 20 or newer to start; this is ${process.versions.node}. See https://nodejs.org`)

installPackages()
installPrograms(needs)
handOver()

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex')
  const stamp = join(root, 'node_modules', '.weir-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Installing npm packages (once, about a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(npm, flags, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) stop('npm could not install the packages (see above). Check the network and run it again.')
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stamp, wanted)
}

function installPrograms(names) {
  const missing = names.filter((name) => !programs[name].has())
  if (missing.length === 0) return
  const packages = missing.flatMap((name) => programs[name].packages)
  const install = `apt-get -q update && apt-get -q install -y --no-install-recommends ${packages.join(' ')}`
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const mayInstall = onPath('apt-get') && (asRoot.length === 0 || succeeds('sudo', ['-n', 'true']))
  if (!mayInstall) return tellAboutMissing(missing, `sudo sh -c "${install}"`)
  say(`Installing ${missing.join(', ')} with apt (once) …`)
  const script = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', quietly(install)]
  const { status } = spawnSync(script[0], script.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] })
  const still = missing.filter((name) => !programs[name].has())
  if (status !== 0 || still.length > 0) tellAboutMissing(still.length > 0 ? still : missing, `sudo sh -c "${install}"`)
}

/** Debian starts a web server that it installs; Weir wants only the program. */
function quietly(install) {
  const policy = '/usr/sbin/policy-rc.d'
  return existsSync(policy)
    ? install
    : `printf '#!/bin/sh\\nexit 101\\n' > ${policy}; chmod +x ${policy}; trap 'rm -f ${policy}' EXIT; trap 'exit 130' INT TERM HUP; { ${install}; }`
}

/** Streamlink is for Twitch sources only, so Weir starts without it; everything else is needed. */
function tellAboutMissing(missing, how) {
  const needed = missing.filter((name) => name !== 'streamlink')
  const message = `${missing.join(' and ')} could not be installed by itself. Install by hand, then run this again:\n  ${how}`
  if (needed.length > 0) stop(message)
  say(`${message}\nGoing on without: only Twitch sources need it.`)
}

function handOver() {
  const pinned = join(binaries, process.platform === 'win32' ? 'node.exe' : 'node')
  const node = existsSync(pinned) && succeeds(pinned, ['--version']) ? pinned : process.execPath
  const env = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` }
  const child = spawn(node, [join(root, 'scripts', `${command}.ts`), ...rest], { cwd: root, stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => stop(`Node could not be started: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
}

/** Debian's Python, whatever else is on PATH: its packages are seen by that one only. */
function hasPythonModule(name, check = '') {
  return succeeds('/usr/bin/python3', ['-c', `import ${name}; ${check}`])
}

function hasGStreamerElement(name) {
  return onPath('gst-inspect-1.0') && succeeds('gst-inspect-1.0', ['--exists', name])
}

function succeeds(program, args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function say(message) {
  process.stderr.write(`${message}\n`)
}

function stop(message, code = 1) {
  say(message)
  process.exit(code)
}
