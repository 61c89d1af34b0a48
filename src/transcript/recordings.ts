import type { Clock } from '../base/index.ts'
import type { Recordings } from '../call/index.ts'
import type { Fact } from './facts.ts'

const verbs = { PUT: 'put', POST: 'posted', PATCH: 'patched' } as const

/** Recordings of a simulated caller: nothing is kept, but where it would have been sent is told. */
export function keepNothing(clock: Clock, tell: (fact: Fact) => void): Recordings {
  return {
    async keep(recording, { upload }) {
      if (upload === undefined) return { url: `https://pivot.local/recordings/${recording.id}.wav` }
      const what = `${verbs[upload.method]} to ${upload.url}`
      tell({ kind: 'recording', who: 'recording', what, aliases: [], at: clock.now(), carried: undefined })
      return { url: upload.url }
    },
    async discard() {
      return undefined
    },
  }
}
