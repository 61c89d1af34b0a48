/**
 * Something thrown, or given as the reason of a signal, that is an outcome and no mistake: nobody reads its stack, and
 * collecting one for each call costs more than answering it.
 */
export class Outcome extends Error {
  override readonly name: string = 'Outcome'

  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The reason given to work that is no longer wanted: somebody else was faster, or its owner is gone. */
export const unwanted: Error = new Outcome('no longer wanted')
