import type { Clock } from '../base/index.ts'
import type { NameServer } from './resolve.ts'

/** The system does not say how long a record may be kept; shorter than the TTL of nearly all of them. */
const keptMs = 30_000
/** That there is none may be the fault of a name server that comes back soon. */
const failedMs = 5_000
const mostNames = 2_000

interface Known<T> {
  readonly answer: Promise<readonly T[]>
  until: number
}

/** Asks again only after a while, so that calls to one trunk are not as many questions to the DNS. Bounded in size. */
export function knownNames(names: NameServer, clock: Clock): NameServer {
  const remembered = <T>(ask: (name: string) => Promise<readonly T[]>): ((name: string) => Promise<readonly T[]>) => {
    const known = new Map<string, Known<T>>()
    return (name) => {
      const found = known.get(name)
      if (found !== undefined && clock.now() < found.until) return found.answer
      const fresh: Known<T> = { answer: ask(name), until: clock.now() + keptMs }
      fresh.answer.catch(() => (fresh.until = clock.now() + failedMs))
      known.delete(name)
      known.set(name, fresh)
      const [oldest] = known.keys()
      if (known.size > mostNames && oldest !== undefined) known.delete(oldest)
      return fresh.answer
    }
  }
  return {
    pointers: remembered((name) => names.pointers(name)),
    services: remembered((name) => names.services(name)),
    addresses: remembered((name) => names.addresses(name)),
  }
}
