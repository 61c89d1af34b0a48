import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Before everything that is not in a hurry; the system's own threads stay before us. */
const media = -10

/**
 * Lets the thread that calls this run before others when processors are scarce: a packet that comes 20 ms late is a gap
 * that is heard, an answer that comes 20 ms late is not noticed. Needs root or CAP_SYS_NICE, and Linux, where a priority
 * is a thread's own; elsewhere nothing changes.
 */
export function hurry(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    if (Number.isInteger(thread)) setPriority(thread, media)
  } catch {
    // Not Linux, or not allowed: the thread goes on as it is.
  }
}
