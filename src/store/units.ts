import type { KeptEvent, Unit } from '../records/index.ts'
import type { Database, Rows } from './database.ts'
import { jobRow, jobSteps } from './jobs.ts'
import { batchSql, type Row, type Step } from './sql.ts'

/** A unit as rows, made once. */
export interface UnitRows {
  readonly unit: Unit
  /** Orders and names what has no id of its own; the same when the unit is written again. */
  readonly key: string
  readonly live: Row | undefined
  readonly cdr: Row | undefined
  readonly jobs: readonly Row[]
  /** Jobs that anybody may claim. */
  readonly hasOpenJobs: boolean
  readonly events: readonly Row[]
  readonly debug: readonly Row[]
  readonly attempts: readonly Row[]
  readonly recordings: readonly Row[]
  /** About how much memory its texts take. */
  readonly bytes: number
}

/** Must not be lost while there is a disk. */
export const isPrecious = ({ live, ended, jobs = [], recordings = [] }: Unit): boolean =>
  live !== undefined || ended !== undefined || jobs.length > 0 || recordings.length > 0

/** @param isFresh whether whoever told the unit still waits for it; what comes from the journal is anybody's */
export function unitRows(unit: Unit, key: string, node: string, isFresh: boolean): UnitRows {
  let bytes = overheadBytes
  const text = (value: unknown): string => {
    const json = JSON.stringify(value)
    bytes += json.length
    return json
  }
  const { live, ended, jobs = [], events = [], debug = [], attempts = [], recordings = [] } = unit
  const hasOpenJobs = jobs.length > 0 && !(isFresh && unit.isCarriedHere === true)
  const jobRows = jobs.map((job) => jobRow(job, hasOpenJobs ? undefined : node))
  for (const row of jobRows) bytes += String(row.at(-1)).length
  const rows = {
    unit,
    key,
    live: live === undefined ? undefined : [live.callId, live.accountId, node, text(live)],
    cdr:
      ended === undefined
        ? undefined
        : [ended.accountId, ended.id, ended.interactionId, ended.ownerId ?? null, ended.createdAt, text(ended)],
    jobs: jobRows,
    hasOpenJobs,
    events: events.map(({ at, event }) => [event.accountId, event.callId, event.sequence, at, text(event)]),
    debug: debug.map((entry, index) => {
      const place = String(index).padStart(4, '0')
      return [entry.accountId, entry.callId, entry.at, `${key}.${place}`, entry.iteration, text(entry)]
    }),
    attempts: attempts.map((attempt) => [attempt.accountId, attempt.id, attempt.hookId, attempt.at, text(attempt)]),
    recordings: recordings.map((one) => [one.accountId, one.id, one.callId, one.at, text(one)]),
  }
  return { ...rows, bytes }
}

const overheadBytes = 200

/** A batch of units as steps of one transaction. */
export interface Batch {
  readonly steps: readonly Step[]
  /** There are jobs that anybody may claim. */
  readonly hasOpenJobs: boolean
  /** The events with their numbers, from what the steps gave. */
  eventsOf(results: readonly Rows[]): readonly KeptEvent[]
}

/** Puts units together, in their order: the last state of a leg counts, and a leg that ended is no longer live. */
export function batchOf(database: Database, units: readonly UnitRows[]): Batch {
  const statements = batchSql(database.kind)
  const lives = new Map<string, Row>()
  const ended = new Set<string>()
  const cdrs = new Map<string, Row>()
  for (const { unit, live, cdr } of units) {
    if (live !== undefined) lives.set(String(live[0]), live)
    if (cdr === undefined || unit.ended === undefined) continue
    lives.delete(unit.ended.callId)
    ended.add(unit.ended.callId)
    cdrs.set(`${unit.ended.accountId} ${unit.ended.id}`, cdr)
  }
  const events = units.flatMap((unit) => unit.events)
  const debug = units.flatMap((unit) => unit.debug)
  const jobs = units.flatMap((unit) => unit.jobs)
  const hasOpenJobs = units.some((unit) => unit.hasOpenJobs)
  const steps: Step[] = []
  const add = (sql: string, rows: readonly Row[]): void => {
    if (rows.length > 0) steps.push({ sql, parameters: [JSON.stringify(rows)] })
  }
  if (events.length > 0) steps.push({ sql: statements.countEvents, parameters: [events.length] })
  add(
    statements.events,
    events.map((row, index) => [events.length - 1 - index, ...row]),
  )
  add(statements.liveLegs, [...lives.values()])
  add(statements.cdrs, [...cdrs.values()])
  add(
    statements.endLegs,
    [...ended].filter((callId) => !lives.has(callId)).map((callId) => [callId]),
  )
  add(statements.debuggedCalls, firstOfCalls(debug))
  add(statements.debugEntries, debug)
  add(statements.attempts, lastOf(units.flatMap((unit) => unit.attempts)))
  add(statements.recordings, lastOf(units.flatMap((unit) => unit.recordings)))
  steps.push(...jobSteps(database, jobs, !hasOpenJobs))
  const notice = events.length > 0 ? database.notice({ is: 'events' }) : undefined
  if (notice !== undefined) steps.push(notice)
  return {
    steps,
    hasOpenJobs,
    eventsOf: ([counted]) =>
      events.length === 0 ? [] : numbered(units, Number(counted?.[0]?.['value']), events.length),
  }
}

function numbered(units: readonly UnitRows[], last: number, count: number): readonly KeptEvent[] {
  let id = last - count
  return units.flatMap(({ unit }) => (unit.events ?? []).map(({ at, event }) => ({ id: ++id, at, event })))
}

/** Rows of debugged_calls: of each call in the batch, the account, the call and the first time. */
function firstOfCalls(debug: readonly Row[]): readonly Row[] {
  const calls = new Map<string, Row>()
  for (const [accountId = null, callId = null, at = null] of debug) {
    const call = `${accountId} ${callId}`
    if (!calls.has(call)) calls.set(call, [accountId, callId, at])
  }
  return [...calls.values()]
}

/** Of rows that begin with an account and an id, the last of each: a statement may not replace a row twice. */
const lastOf = (rows: readonly Row[]): readonly Row[] => [
  ...new Map(rows.map((row) => [`${row[0]} ${row[1]}`, row])).values(),
]
