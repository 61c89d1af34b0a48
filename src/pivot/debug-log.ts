import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, type Log } from '../base/index.ts'
import type { CallEvent } from '../call/index.ts'

/** Where the story of a debugged call is kept: one CallEvent after another. */
export interface DebugLog {
  /** Returns at once and never throws; what cannot be kept is lost, and that is logged. */
  write(event: CallEvent): void
  /** Resolves when everything written is kept. */
  close(): Promise<void>
}

export interface FileDebugLogOptions {
  /** Holds `debug.ndjson`, and `debug.1.ndjson` … as it was before. Made when it is not there. */
  readonly directory: string
  readonly log: Log
  /** Of one file, before another is begun. Default 50 MB. */
  readonly mostBytes?: number
  /** Older files kept. Default 4. */
  readonly mostOldFiles?: number
}

const mostWaitingBytes = 16_777_216

/** One event a line as JSON, in files of a limited size and number. */
export function fileDebugLog(options: FileDebugLogOptions): DebugLog {
  const { directory, log, mostBytes = 50_000_000, mostOldFiles = 4 } = options
  const path = (age: number): string => join(directory, age === 0 ? 'debug.ndjson' : `debug.${age}.ndjson`)
  let waiting: string[] = []
  let waitingBytes = 0
  let lost = 0
  let writing: Promise<void> | undefined

  const rotate = async (): Promise<void> => {
    const size = await stat(path(0)).then(
      (found) => found.size,
      () => 0,
    )
    if (size < mostBytes) return
    await rm(path(mostOldFiles), { force: true })
    for (let age = mostOldFiles - 1; age >= 0; age--) await rename(path(age), path(age + 1)).catch(() => undefined)
  }
  const writeAll = async (): Promise<void> => {
    await mkdir(directory, { recursive: true })
    while (waiting.length > 0) {
      const text = waiting.join('')
      waiting = []
      waitingBytes = 0
      await rotate()
      await appendFile(path(0), text, { mode: 0o600 })
    }
    if (lost > 0) log.warn('pivot.debug-lost', { events: lost })
    lost = 0
  }
  return {
    write: (event) => {
      const line = `${JSON.stringify(event)}\n`
      if (waitingBytes + line.length > mostWaitingBytes) {
        lost++
        return
      }
      waiting.push(line)
      waitingBytes += line.length
      writing ??= writeAll()
        .catch((error: unknown) => log.error('pivot.debug-not-written', { error: asFailure(error) }))
        .finally(() => {
          writing = undefined
        })
    },
    close: async () => {
      while (writing !== undefined) await writing
    },
  }
}

export type DebugObserverOptions = Partial<Keeping>

const mostEventsBefore = 500
const mostDebuggedCalls = 1000

/**
 * Writes the whole story of each call that has a debug record, from its beginning, so that it can be understood and
 * repeated. Calls without one leave nothing behind.
 */
export function debugObserver(
  debugLog: DebugLog,
  { showPersonal = false }: DebugObserverOptions = {},
): (event: CallEvent) => void {
  const before = new Map<string, CallEvent[]>()
  const debugged = new Set<string>()
  const write = (event: CallEvent): void => debugLog.write(keepable(event, { showPersonal }))
  return (event) => {
    const key = `${event.accountId} ${event.callId}`
    if (debugged.has(key)) {
      write(event)
      return
    }
    const events = before.get(key) ?? []
    if (events.length < mostEventsBefore) events.push(event)
    if (event.type === 'pivot.debug') {
      events.forEach(write)
      if (events.at(-1) !== event) write(event)
      before.delete(key)
      debugged.add(key)
      const [oldest] = debugged.size > mostDebuggedCalls ? debugged : []
      if (oldest !== undefined) debugged.delete(oldest)
    } else if (event.type === 'leg.ended') before.delete(key)
    else before.set(key, events)
  }
}

/** What of an event may be kept. */
export interface Keeping {
  /** Keep what people dialled. Off unless the operator asks. */
  readonly showPersonal: boolean
}

/**
 * An event as it may be kept: without the passwords of URLs, headers and documents, and without what people dialled
 * unless that is wanted. How often keys were pressed, and when, is kept.
 */
export function keepable(event: CallEvent, { showPersonal }: Keeping): CallEvent {
  switch (event.type) {
    case 'node.started':
      return { ...event, data: withoutSecrets(event.data, showPersonal) }
    case 'callflow.read':
      return event.flow === undefined ? event : { ...event, flow: withoutSecrets(event.flow, showPersonal) }
    case 'document.read':
      return event.document === undefined ? event : { ...event, document: withoutSecrets(event.document, showPersonal) }
    case 'digit.received':
      return showPersonal ? event : { ...event, digit: '*', isHidden: true }
    case 'variables.set':
      return showPersonal ? event : { ...event, variables: withoutDigits(event.variables) }
    default:
      return event
  }
}

const hidden = '***'

/** Fields of documents that let somebody in, and those that callers are to know. */
const secretField = /password|secret|token|api_?key|^pvt_.*auth/i
const secretOfCallers = /(?:^|_)pins?$/i

/** Documents and the data of nodes may hold passwords: in fields, in URLs, and in the headers that nodes send. */
function withoutSecrets(value: unknown, showPersonal: boolean): unknown {
  const isSecret = (name: string): boolean => secretField.test(name) || (!showPersonal && secretOfCallers.test(name))
  const hide = (name: string, inner: unknown): unknown => {
    if (name === 'custom_request_headers' && typeof inner === 'object' && inner !== null) {
      return Object.fromEntries(Object.keys(inner).map((header) => [header, hidden]))
    }
    if (typeof inner !== 'string') return inner
    return isSecret(name) && inner !== '' ? hidden : inner.replace(/(https?:\/\/)[^/?#@\s]*@/gi, `$1${hidden}@`)
  }
  return JSON.parse(JSON.stringify(value ?? null, hide)) as unknown
}

const withoutDigits = (variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, name.startsWith('Digits') ? hidden : value]),
  )
