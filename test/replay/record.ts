import { keepable } from '../../src/pivot/index.ts'
import type { CallEvent } from '../../src/call/index.ts'

/** The debug log of events, as a server exports it. */
export const logOf = (events: readonly CallEvent[], showPersonal = false): string =>
  events.map((event) => `${JSON.stringify(keepable(event, { showPersonal }))}\n`).join('')
