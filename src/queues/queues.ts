import type { Clock } from '../base/index.ts'
import { Queue, type QueueName } from './queue.ts'

/** A queue that nobody uses is forgotten after so long. */
const keptIdleMs = 3_600_000
/** As many are kept that nobody uses; those in use are as many as there are calls, at most. */
const mostIdle = 1_000

/** The queues of all accounts, in the memory of this process. */
export class Queues {
  readonly #clock: Clock
  readonly #queues = new Map<string, Queue>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The queue of that name, which is there from now on when it was not. */
  open(named: QueueName): Queue {
    const key = JSON.stringify([named.accountId, named.name])
    const known = this.#queues.get(key)
    if (known !== undefined) return known
    this.#forget()
    const queue = new Queue(named, this.#clock)
    this.#queues.set(key, queue)
    return queue
  }

  /** By name. */
  list(accountId: string): readonly Queue[] {
    this.#forget()
    const theirs = [...this.#queues.values()].filter((queue) => queue.accountId === accountId)
    return theirs.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** By sid or name. */
  find(accountId: string, sidOrName: string): Queue | undefined {
    return this.list(accountId).find(({ sid, name }) => sid === sidOrName || name === sidOrName)
  }

  #forget(): void {
    const until = this.#clock.now() - keptIdleMs
    const idle = [...this.#queues].flatMap(([key, { idleSince }]) =>
      idleSince === undefined ? [] : [{ key, idleSince }],
    )
    idle.sort((a, b) => b.idleSince - a.idleSince)
    idle.forEach(({ key, idleSince }, index) => {
      if (idleSince < until || index >= mostIdle) this.#queues.delete(key)
    })
  }
}
