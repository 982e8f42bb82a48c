import { readdir } from 'node:fs/promises'
import type { HardwareEncoder } from './encoder-probe.ts'

/**
 * The hardware encoders that this machine may have, best first: on Linux those whose devices the kernel shows. The others
 * need no test. WSL has its own device for all of them.
 */
export async function possibleEncoders(
  platform: NodeJS.Platform = process.platform,
  list: (folder: string) => Promise<string[]> = readdir,
): Promise<HardwareEncoder[]> {
  if (platform === 'darwin') return ['h264_videotoolbox']
  if (platform === 'win32') return ['h264_nvenc', 'h264_qsv']
  const shown = (folder: string): Promise<readonly string[]> => list(folder).catch(() => [])
  const [devices, renderers] = await Promise.all([shown('/dev'), shown('/dev/dri')])
  const isWsl = devices.includes('dxg')
  const hasNvidia = isWsl || devices.some((name) => /^nvidia\d+$/.test(name))
  const hasRenderer = isWsl || renderers.some((name) => name.startsWith('renderD'))
  return [...(hasNvidia ? nvidia : []), ...(hasRenderer ? renderer : [])]
}

const nvidia: readonly HardwareEncoder[] = ['h264_nvenc']
const renderer: readonly HardwareEncoder[] = ['h264_qsv', 'h264_vaapi']
