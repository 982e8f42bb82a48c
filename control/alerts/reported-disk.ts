import type { DiskSpace, HeartbeatRequest } from '#schema/contracts/worker.ts'
import { workerFigures } from '#schema/samples/figures.ts'
import { figureValue, parseRows } from '#schema/samples/text.ts'

/** The room on a worker's disk by the newest of its samples; undefined where they do not say. */
export function reportedDisk({ samples }: Pick<HeartbeatRequest, 'samples'>): DiskSpace | undefined {
  const last = samples && parseRows(samples.text).get('w')?.at(-1)
  const megabytes = (name: string) =>
    figureValue(
      last,
      workerFigures,
      workerFigures.findIndex((figure) => figure.name === name),
    )
  const [free, total] = [megabytes('disk_free_mb'), megabytes('disk_total_mb')]
  return free === null || !total ? undefined : { freeBytes: free * 1e6, totalBytes: total * 1e6 }
}
