import { statfs } from 'node:fs/promises'
import type { DiskSpace } from '#schema/contracts/worker.ts'

/** Room on the disk of a folder, as somebody without special rights may use it. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
