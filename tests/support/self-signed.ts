import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** A fresh key and a certificate for localhost, in PEM. */
export async function selfSigned(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-tls-'))
  try {
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '2']
    await execa('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', certFile])
    return { key: await readFile(keyFile), cert: await readFile(certFile) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
