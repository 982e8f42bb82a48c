import { extensionContent, type Handshake } from '../../srt/handshake.ts'
import { extensionType } from '../../srt/packet.ts'
import { defaultLatencyMs, maxLatencyMs } from './limits.ts'

/**
 * How long the listener waits for lost packets, ms: what the caller asks for (draft-sharabayko-srt-01 §3.2.1.1: the
 * sender's TSBPD delay), or our own default where it asks for nothing.
 */
export function latencyFor(conclusion: Handshake): number {
  const request = extensionContent(conclusion, extensionType.srtRequest)
  const askedMs = request && request.length >= 12 ? request.readUInt16BE(10) : 0
  if (askedMs === 0) return defaultLatencyMs
  return Math.min(askedMs, maxLatencyMs)
}
