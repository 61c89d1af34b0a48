import { asFailure, Failure } from '../base/index.ts'
import { Hangup, prepareAhead, type HangupCause, type MediaSource } from '../call/index.ts'
import { child, hangUp, stop, type ActionContext, type Next } from './action.ts'
import { childOf, wildcard, type Flow } from './flow.ts'
import type { Registered, Registry } from './registry.ts'

export const mostNodes = 1000
export const mostBranches = 50

/**
 * Walks `root` until a flow runs out, an action hangs up, or the caller does; then the call is hung up. A flow whose
 * signal aborts while the call goes on (another flow takes its place) leaves the call as it is.
 * Never throws: it is the top of a call.
 *
 * @source KAZOO cf_exe.erl: continue, branch, stop, hard_stop
 */
export async function runFlow(root: Flow, registry: Registry, context: ActionContext): Promise<void> {
  const { call, signal, log } = context
  let cause: HangupCause = 'NORMAL_CLEARING'
  try {
    cause = await walk(root, registry, context)
  } catch (error) {
    if (!(error instanceof Hangup) && error !== signal.reason) {
      const failure = asFailure(error)
      log.error('callflow.failed', { code: failure.code, fault: failure.fault, error: failure })
      call.tell({
        type: 'node.failed',
        module: call.variables.lastModule ?? '',
        code: failure.code,
        details: failure.details,
      })
      cause = 'NORMAL_TEMPORARY_FAILURE'
    }
  }
  if (!signal.aborted) await call.leg.hangup(cause)
}

/** @returns why the call is to be hung up @throws FLOW_ENDLESS · FLOW_TOO_MANY_BRANCHES · Hangup */
async function walk(root: Flow, registry: Registry, context: ActionContext): Promise<HangupCause> {
  const waiting: Flow[] = []
  let branches = 0
  let node: Flow | undefined = root
  for (let visited = 0; visited < mostNodes; visited++) {
    const next = await runNode(node, registry, context)
    context.signal.throwIfAborted()
    if (next.go === 'hangUp') return next.cause
    const follower = nextNode(node, next)
    if (next.go === 'branch') {
      if (++branches > mostBranches) throw new Failure('FLOW_TOO_MANY_BRANCHES', { mostBranches })
      const later = childOf(node, wildcard)
      if (later !== undefined) waiting.push(later)
    }
    node = follower ?? waiting.pop()
    if (node === undefined) return (next.go === 'stop' ? next.cause : undefined) ?? 'NORMAL_CLEARING'
  }
  throw new Failure('FLOW_ENDLESS', { mostNodes })
}

function nextNode(node: Flow, next: Next): Flow | undefined {
  switch (next.go) {
    case 'child':
      return childOf(node, next.key) ?? childOf(node, wildcard)
    case 'become':
    case 'branch':
      return next.flow
    case 'stop':
    case 'hangUp':
      return undefined
  }
}

/** Runs one node. A node that fails goes on with its wildcard; one that waits for a caller who is gone ends the call. */
async function runNode(node: Flow, registry: Registry, context: ActionContext): Promise<Next> {
  const { call, log } = context
  const { module } = node
  const registered = registry.get(module)
  if (node.data['skip_module'] === true) {
    call.tell({ type: 'node.skipped', module, why: 'skip_module' })
    return child()
  }
  if (registered === undefined) {
    if (module === '') return stop()
    log.warn('callflow.unknown-module', { module })
    call.tell({ type: 'node.skipped', module, why: 'unknown' })
    return child()
  }
  call.tell({ type: 'node.started', module, data: node.data })
  const keys = Object.keys(node.children)
  let next: Next
  try {
    const { data, problem } = registered.read(node)
    if (problem !== undefined) {
      const at = `${module}${problem.instancePath}`
      throw new Failure('FLOW_INVALID', { problems: [{ at, problem: problem.message ?? 'is wrong' }] })
    }
    prepareSounds(node, { registered, data }, registry, context)
    next = await registered.action.run(data, context, { keys, has: (key) => Object.hasOwn(node.children, key) })
    context.signal.throwIfAborted()
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof Hangup) return hangUp(error.cause)
    const failure = asFailure(error)
    const level = failure.fault === 'us' ? 'error' : 'warn'
    log[level]('callflow.node-failed', { module, code: failure.code, fault: failure.fault, error: failure })
    call.tell({ type: 'node.failed', module, code: failure.code, details: failure.details })
    next = child()
  }
  call.variables.lastModule = module
  call.tell({ type: 'node.ended', module, go: next.go, ...(next.go === 'child' ? { key: next.key } : {}) })
  return next
}

/** Opens what this node plays, and what the one that follows its sound plays, so that there is no gap between them. */
function prepareSounds(
  node: Flow,
  { registered, data }: { registered: Registered; data: Record<string, unknown> },
  registry: Registry,
  context: ActionContext,
): void {
  const now = registered.action.sounds?.(data, context)
  if (now === undefined) return
  const follower = childOf(node, wildcard)
  prepareAhead(context.call.leg, [...now, ...soundsOf(follower, registry, context)], context.signal)
}

function soundsOf(node: Flow | undefined, registry: Registry, context: ActionContext): readonly MediaSource[] {
  const registered = node === undefined ? undefined : registry.get(node.module)
  if (node === undefined || registered?.action.sounds === undefined) return []
  const { data, problem } = registered.read(node)
  return problem === undefined ? registered.action.sounds(data, context) : []
}
