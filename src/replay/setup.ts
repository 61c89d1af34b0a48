import { collections, type Collection, type Document } from '../callflow/index.ts'
import type { Setup } from '../transcript/index.ts'
import type { RecordedOf } from './event.ts'
import { descriptionOf, eventsOf, type RecordedCall } from './log.ts'

type Description = RecordedOf<'call.described'>
type CallflowRead = RecordedOf<'callflow.read'>
interface Kept {
  readonly collection: Collection
  readonly document: Document
}

/**
 * The world of a recorded call, as far as the call has seen it: its account, and the documents it read.
 *
 * @throws REPLAY_INVALID when the log does not say
 */
export function setupOf(call: RecordedCall): Omit<Setup, 'again'> {
  const description = descriptionOf(call)
  const read = eventsOf(call, 'document.read').flatMap(({ event }) => keptOf(event))
  const callflows = callflowsOf(eventsOf(call, 'callflow.read').map(({ event }) => event))
  const [started] = eventsOf(call, 'flow.started')
  return {
    startMs: description.arrivedAt,
    account: accountOf(description, call, read),
    documents: [...deviceOf(description, read, started?.event.language), ...read, ...callflows],
    media: new Map(),
    headers: description.headers,
    answers: [],
  }
}

function keptOf({ collection: name, id, document }: RecordedOf<'document.read'>): readonly Kept[] {
  const collection = collections.find((known) => known === name)
  return collection === undefined || document === undefined ? [] : [{ collection, document: { ...document, id } }]
}

function accountOf({ account }: Description, call: RecordedCall, read: readonly Kept[]): Document {
  const known = read.find(({ collection }) => collection === 'accounts')?.document ?? { id: account.id }
  const preflowId = eventsOf(call, 'callflow.read').find(({ event }) => event.preflowId !== undefined)?.event.preflowId
  const preflow = preflowId === undefined ? {} : { preflow: { always: preflowId } }
  // What the log hides of secrets is no secret to sign with.
  const { secret: _, ...rest } = known
  return { ...rest, ...account, ...preflow }
}

/** The calling device, when no action has read it. */
function deviceOf({ caller, from }: Description, read: readonly Kept[], language: string | undefined): readonly Kept[] {
  const { authorizingId: id, ownerIds } = caller
  if (id === undefined) return []
  const known = read.find(({ collection, document }) => collection === 'devices' && document.id === id)
  const owner = ownerIds[0] === undefined ? {} : { owner_id: ownerIds[0] }
  const spoken = language === undefined ? {} : { language }
  const sip = { username: from.user }
  return known === undefined ? [{ collection: 'devices', document: { id, ...owner, ...spoken, sip } }] : []
}

/** Callflows that answer the numbers they were found for. */
function callflowsOf(reads: readonly CallflowRead[]): readonly Kept[] {
  const byId = new Map<string, CallflowRead[]>()
  for (const read of reads) {
    if (read.flow !== undefined && read.id !== undefined) byId.set(read.id, [...(byId.get(read.id) ?? []), read])
  }
  return [...byId].map(([id, found]) => ({ collection: 'callflows', document: callflowOf(id, found) }))
}

function callflowOf(id: string, reads: readonly CallflowRead[]): Document {
  const [first] = reads
  const isMatch = ({ isNoMatch = false, number }: CallflowRead): boolean => !isNoMatch && number !== undefined
  const numbers = reads.filter((read) => isMatch(read) && read.captureGroup === undefined).map(({ number }) => number)
  const patterns = reads.filter((read) => isMatch(read) && read.captureGroup !== undefined).map(patternOf)
  const others = reads.some(({ isNoMatch = false }) => isNoMatch) ? ['no_match'] : []
  return {
    id,
    ...(first?.name === undefined ? {} : { name: first.name }),
    numbers: [...numbers, ...others],
    ...(patterns.length === 0 ? {} : { patterns }),
    flow: first?.flow,
  }
}

/** A pattern that captures of the number what the callflow's own captured: that one is not known here. */
function patternOf({ number = '', captureGroup = '', captureGroups = {} }: CallflowRead): string {
  const groups = Object.entries(captureGroups)
  const named = groups.length === 0 ? [['', captureGroup] as const] : groups
  let rest = number
  let pattern = '^'
  const placed = named
    .map(([name, text]) => ({ name, text, at: number.indexOf(text) }))
    .sort((one, other) => one.at - other.at)
  for (const { name, text } of placed) {
    const at = rest.indexOf(text)
    if (at < 0) continue
    pattern += `${literal(rest.slice(0, at))}(${name === '' ? '' : `?<${name}>`}${literal(text)})`
    rest = rest.slice(at + text.length)
  }
  return `${pattern}${literal(rest)}$`
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
