import pino from 'pino'
import { isFailure } from './failure.ts'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** What a log line says besides its event. What a person said, dialled, heard or is called goes under `pii`. */
export interface LogFields {
  readonly pii?: Readonly<Record<string, unknown>>
  readonly [name: string]: unknown
}

/** A log line is an event name (`room.what-happened`, in the past) and fields. */
export interface Log {
  error(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
  /** The same log with `fields` on every line. */
  child(fields: LogFields): Log
}

export interface LogOptions {
  readonly level: LogLevel
  /** Keep `pii` fields. Off unless the operator asks. */
  readonly pii: boolean
  readonly write?: (line: string) => void
}

/** A log of JSON lines, by pino. Errors are unfolded with their causes. */
export function jsonLog({ level, pii, write }: LogOptions): Log {
  const destination = write === undefined ? pino.destination({ fd: 1, sync: false }) : { write }
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: () => `,"time":${Date.now()}`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return wrap(pino(options, destination), pii)
}

function wrap(logger: pino.Logger, pii: boolean): Log {
  const fieldsOf = (fields: LogFields = {}): object => {
    const { pii: personal, ...rest } = fields
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(rest)) shown[name] = value instanceof Error ? unfold(value) : value
    return pii && personal !== undefined ? { ...shown, pii: personal } : shown
  }
  const write =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (event: string, fields?: LogFields): void => {
      if (logger.isLevelEnabled(level)) logger[level](fieldsOf(fields), event)
    }
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => wrap(logger.child(fieldsOf(fields)), pii),
  }
}

/** An error and its causes as plain data, at most five deep. */
export function unfold(error: Error, depth = 0): Record<string, unknown> {
  const named = isFailure(error) ? { code: error.code, fault: error.fault, ...error.details } : {}
  const cause = error.cause instanceof Error && depth < 5 ? { cause: unfold(error.cause, depth + 1) } : {}
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = isFailure(error) ? {} : { stack: error.stack }
  return { name: error.name, message: error.message, ...code, ...named, ...stack, ...cause }
}

export const silentLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLog,
}
