import { mediaSource } from '../call/index.ts'
import { child, type ActionContext, type Children, type Next } from '../callflow/index.ts'
import { beginRinging, memberBranches, readMembers, type GroupStrategy } from '../endpoints/index.ts'
import { mediaScope } from './playback.ts'
import { finalCauses, ring, ringMsOf, type RingPorts } from './ring.ts'

/** The data of a `ring_group`, and of a `group` with its own members. */
export interface RingGroupData {
  readonly endpoints: readonly unknown[]
  readonly strategy: GroupStrategy
  readonly timeout: number
  readonly ignore_forward: boolean
  readonly repeats: number
  readonly ringback?: string
  readonly ringtones?: { readonly internal?: string; readonly external?: string }
  readonly fail_on_single_reject?: boolean | readonly string[]
}

/**
 * Rings members, as often as `repeats` says. Those who are to be rung are found anew each time: somebody may have come.
 *
 * @source KAZOO cf_ring_group.erl, repeat and attempt_endpoints
 */
export async function ringMembers(
  data: RingGroupData,
  context: ActionContext,
  children: Children,
  ports: RingPorts,
): Promise<Next> {
  const { strategy, timeout, ringtones, fail_on_single_reject } = data
  const ringback = mediaSource(data.ringback, mediaScope(context))
  for (let attempt = 0; attempt < data.repeats; attempt++) {
    const ringing = await beginRinging(context, ports)
    const members = await readMembers(data.endpoints, ringing)
    const manner = {
      ignoresEarlyMedia: true,
      ignoresRedirects: data.ignore_forward,
      ...(ringtones === undefined ? {} : { ringtones }),
    }
    const branches = await memberBranches(members, { strategy, manner }, ringing)
    if (branches.length === 0) return child()
    const options = {
      branches,
      strategy: strategy === 'simultaneous' ? 'simultaneous' : 'sequential',
      timeoutMs: ringMsOf(timeout),
      ...(ringback === undefined ? {} : { ringback }),
      ...finalCauses(fail_on_single_reject),
    } as const
    const next = await ring(options, context, children, ports.calling)
    if (next !== undefined) return next
  }
  return child()
}
