import { readFileSync } from 'node:fs'
import { descendants } from '#tests/support/processes.ts'

/** Clock ticks per second of /proc, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** CPU seconds that a process has used so far, in user and kernel mode; 0 when it is gone. */
export const cpuSeconds = (pid: number): number => ticks(pid, 11) / ticksPerSecond

/** The same of a process and all that it has started, those that have ended as well. */
export const treeCpuSeconds = (pid: number): number =>
  [pid, ...descendants(pid)].reduce((sum, each) => sum + ticks(each, 11) + ticks(each, 13), 0) / ticksPerSecond

/** User and kernel time, which stand in these two fields of proc(5)'s `stat` after the state; 0 when it is gone. */
function ticks(pid: number, field: 11 | 13): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[field]) + Number(fields[field + 1])
  } catch {
    return 0
  }
}

/** Resident memory of a process, MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
}

/** Memory that is this process's alone, MiB: without the code of programs and libraries, which processes share. */
export function ownMib(pid: number): number {
  const sums = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Anonymous:\s+(\d+)/m.exec(sums)?.[1] ?? 0) / 1024
}
