import type { RecordedExchange, RecordedOf } from './event.ts'
import type { RecordedCall } from './log.ts'

/** One question of pivot in a recording, and what came of it. */
export interface Exchange {
  readonly line: number
  readonly asked: RecordedOf<'pivot.asked'>
  /** Undefined when the caller had hung up before it came. */
  readonly outcome: RecordedOf<'pivot.answered'> | RecordedOf<'pivot.failed'> | undefined
  /** Undefined when the exchange was not recorded in full. */
  readonly record: RecordedExchange | undefined
}

/** All questions, in the order they were asked: one at a time. */
export function exchangesOf({ lines }: RecordedCall): readonly Exchange[] {
  const exchanges: Exchange[] = []
  for (const { line, event } of lines) {
    const last = exchanges.at(-1)
    if (event.type === 'pivot.asked') {
      exchanges.push({ line, asked: event, outcome: undefined, record: undefined })
    } else if (last !== undefined && (event.type === 'pivot.answered' || event.type === 'pivot.failed')) {
      // A failure of its own (too many documents) belongs to no question.
      if (last.outcome === undefined && event.iteration === last.asked.iteration) {
        exchanges.splice(-1, 1, { ...last, outcome: event })
      }
    } else if (last?.record === undefined && last !== undefined && event.type === 'pivot.debug') {
      exchanges.splice(-1, 1, { ...last, line, record: event.record })
    }
  }
  return exchanges
}

/** The body as it came; undefined when less of it was kept than there was. */
export function bodyOf({
  resp_body = '',
  resp_body_bytes: bytes,
  resp_body_base64,
}: RecordedExchange): Uint8Array | undefined {
  const body = resp_body_base64 === undefined ? Buffer.from(resp_body) : Buffer.from(resp_body_base64, 'base64')
  return bytes === undefined || body.length === bytes ? body : undefined
}
