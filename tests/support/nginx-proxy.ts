import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort } from './nginx-rtmp.ts'
import { selfSigned } from './self-signed.ts'

/** A real nginx before control, by the configuration that scripts/deploy/ gives to operators. */
export interface NginxProxy {
  /** `https://localhost:<port>`. */
  readonly url: string
  /** `http://localhost:<port>`. */
  readonly plainUrl: string
  readonly certificate: Buffer
  log(): Promise<string>
  accessLog(): Promise<string>
  close(): Promise<void>
}

/** Starts it before `controlPort` of loopback; only what stands for "yours" and the ports are replaced. */
export async function startNginxProxy(controlPort: number): Promise<NginxProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-nginx-proxy-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  const { key, cert } = await selfSigned()
  await Promise.all([writeFile(join(folder, 'key.pem'), key), writeFile(join(folder, 'cert.pem'), cert)])
  const given = await readFile(join(import.meta.dirname, '../../scripts/deploy/nginx.conf'), 'utf8')
  const site = replaced(given, [
    ['127.0.0.1:8787', `127.0.0.1:${controlPort}`],
    ['listen 80;', `listen 127.0.0.1:${plainPort};`],
    ['listen [::]:80;', ''],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`],
    ['listen [::]:443 ssl http2;', ''],
    ['/etc/letsencrypt/live/weir.example/fullchain.pem', join(folder, 'cert.pem')],
    ['/etc/letsencrypt/live/weir.example/privkey.pem', join(folder, 'key.pem')],
    ['server_name weir.example;', 'server_name localhost;'],
    ['/var/log/nginx/access.log', join(folder, 'access.log')],
    ['/var/log/nginx/error.log', join(folder, 'error.log')],
  ])
  const around = `daemon off; master_process off; user root; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
    events { worker_connections 512; }
    http { client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      ${site} }`
  await writeFile(join(folder, 'nginx.conf'), around)
  const nginx = ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...nginx], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text
  })
  const log = () => readFile(join(folder, 'error.log'), 'utf8')
  await eventually('nginx takes connections', () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaint}`)
    return accepts(port)
  })
  return {
    url: `https://localhost:${port}`,
    plainUrl: `http://localhost:${plainPort}`,
    certificate: cert,
    log,
    accessLog: () => readFile(join(folder, 'access.log'), 'utf8'),
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await exited
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Each must be there: what an operator gets is what is tested. */
function replaced(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`scripts/deploy/nginx.conf lacks “${from}”.`)
    return changed.replaceAll(from, to)
  }, text)
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
