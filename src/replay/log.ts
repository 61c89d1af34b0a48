import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Failure, jsonProblem } from '../base/index.ts'
import { storyForm } from '../call/index.ts'
import { readEvent, type RecordedEvent, type RecordedOf, type ReadEvent } from './event.ts'

/*
 * A debug log is NDJSON in UTF-8: one JSON object a line, empty lines between them or not.
 *
 * A line is an event of a call, in the order they happened (`CallEvent` of src/call/events.ts):
 *
 *     {"type":"pivot.asked","url":"https://shop.example/voice","method":"POST","iteration":1,"attempt":1,
 *      "sequence":7,"atMs":12,"callId":"a84b4c76e66710","accountId":"A1"}
 *
 * Events may have more fields, and there may be events of other names: both are passed over. Before the events of a call
 * may stand a line that says so:
 *
 *     {"pivot":"debug-log","version":1,"callId":"a84b4c76e66710","accountId":"A1","at":1767603600000}
 *
 * A log may hold several calls, their lines mixed. `pivot.debug` carries an exchange with a web server in full;
 * `call.described`, `callflow.read` and `document.read` what else the call was decided by.
 */

/** An event with where it stands. */
export interface Line<E extends RecordedEvent = RecordedEvent> {
  /** Counts from 1. */
  readonly line: number
  readonly event: E
}

/** One call of a log, in the order it happened. */
export interface RecordedCall {
  readonly file: string
  readonly callId: string
  readonly accountId: string
  readonly lines: readonly Line[]
}

export interface ReadLogOptions {
  /** As people know it, for failures. */
  readonly file: string
  /** Which call; undefined: the last one of the log. */
  readonly callId?: string | undefined
}

const mostLogCharacters = 67_108_864
const mostLineCharacters = 8_388_608
const mostLines = 500_000

const header = Compile(
  Type.Object({
    pivot: Type.Literal('debug-log'),
    version: Type.Integer(),
    callId: Type.String(),
    accountId: Type.String(),
  }),
)
const isHeader = (value: unknown): boolean => typeof value === 'object' && value !== null && 'pivot' in value
const version = 1

/**
 * One call of a debug log.
 *
 * @throws REPLAY_INVALID with the line, and within it the column or the JSON path
 */
export function readLog(text: string, { file, callId }: ReadLogOptions): RecordedCall {
  const calls = new Map<string, Reading>()
  if (text.length > mostLogCharacters) throw invalid(file, '1', `is longer than ${mostLogCharacters} characters`)
  const lines = text.split('\n')
  if (lines.length > mostLines) throw invalid(file, String(mostLines), `is longer than ${mostLines} lines`)
  lines.forEach((content, index) => {
    if (content.trim() !== '') readLine(content, index + 1, file, calls)
  })
  const chosen = callId === undefined ? [...calls.values()].at(-1) : calls.get(callId)
  if (chosen === undefined) {
    throw invalid(file, '1', callId === undefined ? 'holds no call' : `holds no call ${JSON.stringify(callId)}`)
  }
  if (chosen.otherPartyAt !== undefined) {
    throw invalid(file, String(chosen.otherPartyAt), 'somebody else is called: such calls cannot be made again')
  }
  return { file, callId: chosen.callId, accountId: chosen.accountId, lines: chosen.lines }
}

interface Reading {
  readonly callId: string
  readonly accountId: string
  readonly lines: Line[]
  /** Of the last event; 0 before the first. */
  sequence: number
  /** The last event may be followed by one that was kept elsewhere. */
  mayBeDebugged: boolean
  /** The line where somebody else comes into the call. */
  otherPartyAt: number | undefined
}

function readLine(content: string, line: number, file: string, calls: Map<string, Reading>): void {
  if (content.length > mostLineCharacters) {
    throw invalid(file, String(line), `is longer than ${mostLineCharacters} characters`)
  }
  const value = jsonOf(content, line, file)
  if (isHeader(value)) {
    if (!header.Check(value)) throw invalid(file, String(line), 'is no header of a debug log')
    if (value.version !== version) throw invalid(file, String(line), `has the form ${value.version}, not ${version}`)
    return
  }
  const read = readEvent(value)
  if ('problem' in read) throw invalid(file, `${line}:${read.at}`, read.problem)
  const said = 'event' in read ? read.event : read.passedOver
  const known = calls.get(said.callId)
  const { callId, accountId } = said
  const call: Reading = known ?? {
    callId,
    accountId,
    lines: [],
    sequence: 0,
    mayBeDebugged: false,
    otherPartyAt: undefined,
  }
  if (known === undefined) calls.set(callId, call)
  checkOrder(said.sequence, call, line, file)
  call.sequence = said.sequence
  call.mayBeDebugged = said.type === 'pivot.answered' || said.type === 'pivot.failed'
  if (callsSomebody(read)) call.otherPartyAt ??= line
  if ('event' in read) call.lines.push({ line, event: read.event })
}

const ofOthers = new Set([
  'leg.dialled',
  'dial.failed',
  'bridge.began',
  'eavesdrop.began',
  'transfer.requested',
  'transfer.asked',
])
const ringing = new Set(['device', 'user', 'ring_group', 'group', 'page_group', 'conference', 'conference_feature'])

const verbsOfOthers = new Set(['Dial', 'Enqueue'])

/** The log says nothing of what others did who were called. */
function callsSomebody(read: ReadEvent): boolean {
  if ('passedOver' in read) return ofOthers.has(read.passedOver.type)
  if (!('event' in read)) return false
  const { event } = read
  return (
    (event.type === 'verb.started' && verbsOfOthers.has(event.verb)) ||
    (event.type === 'node.started' && ringing.has(event.module))
  )
}

/** What is missing cannot be told from what did not happen. */
function checkOrder(sequence: number, { sequence: last, mayBeDebugged }: Reading, line: number, file: string): void {
  const next = last + 1
  if (sequence === next || (sequence === next + 1 && mayBeDebugged)) return
  if (sequence <= last)
    throw invalid(file, String(line), `event ${sequence} comes after event ${last} of the same call`)
  const missing = next === sequence - 1 ? `event ${next} is` : `events ${next} to ${sequence - 1} are`
  throw invalid(file, String(line), `${missing} missing: the call cannot be made again without`)
}

function jsonOf(content: string, line: number, file: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    const found = jsonProblem(content)
    const at = found === undefined ? String(line) : `${line}:${found.column}`
    throw new Failure('REPLAY_INVALID', { file, at, problem: found?.problem ?? 'is not JSON' }, { cause })
  }
}

/** The log cannot be replayed because of this line. */
export const invalid = (file: string, at: string, problem: string): Failure<'REPLAY_INVALID'> =>
  new Failure('REPLAY_INVALID', { file, at, problem })

/** All events of a kind. */
export function eventsOf<T extends RecordedEvent['type']>(
  { lines }: RecordedCall,
  type: T,
): readonly Line<RecordedOf<T>>[] {
  return lines.filter((line): line is Line<RecordedOf<T>> => line.event.type === type)
}

/**
 * Who called whom.
 *
 * @throws REPLAY_INVALID when the log does not say, or says it in another form than ours
 */
export function descriptionOf(call: RecordedCall): RecordedOf<'call.described'> {
  const { file, lines } = call
  const [found] = eventsOf(call, 'call.described')
  const first = String(lines[0]?.line ?? 1)
  if (found === undefined) {
    const why = eventsOf(call, 'pivot.asked').length === 0 ? 'no pivot node of the call was reached' : older
    throw invalid(file, first, `does not say who called and what was read (no call.described): ${why}`)
  }
  const { form } = found.event
  if (form !== storyForm) {
    const age = form > storyForm ? 'a newer' : 'an older'
    throw invalid(
      file,
      String(found.line),
      `was made by ${age} version: it tells calls in form ${form}, not ${storyForm}`,
    )
  }
  const [omitted] = eventsOf(call, 'reading.omitted')
  if (omitted !== undefined) {
    throw invalid(
      file,
      String(omitted.line),
      `${omitted.event.what} was too large to be kept: the call cannot be made again`,
    )
  }
  return found.event
}

const older = 'it was made by an older version, or none of its pivot nodes has debug on'
