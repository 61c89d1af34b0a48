import type { CallEvent, CallFact, Cdr } from '../../src/call/index.ts'
import type {
  Attempt,
  DebugEntry,
  KeptEvent,
  KeptRecording,
  Page,
  Paged,
  RecordReader,
} from '../../src/records/index.ts'

/** Records in memory: what a test puts in is what is read, in that order. */
export class MemoryRecords implements RecordReader {
  readonly kept: Cdr[] = []
  readonly told: KeptEvent[] = []
  readonly debugs: DebugEntry[] = []
  readonly tried: Attempt[] = []
  readonly recorded: KeptRecording[] = []
  readonly pages: Page[] = []
  readonly #listeners = new Set<(events: readonly KeptEvent[]) => void>()

  get listeners(): number {
    return this.#listeners.size
  }

  /** Keeps events of a call, and tells those who listen. */
  tell(accountId: string, callId: string, ...facts: readonly CallFact[]): void {
    const events = facts.map((fact): KeptEvent => {
      const id = this.told.length + 1
      const event: CallEvent = { ...fact, accountId, callId, sequence: id, atMs: id }
      const kept = { id, at: 1_000 + id, event }
      this.told.push(kept)
      return kept
    })
    for (const listen of this.#listeners) listen(events)
  }

  async cdr(accountId: string, id: string) {
    return this.kept.find((cdr) => cdr.accountId === accountId && cdr.id === id)
  }

  async cdrs(accountId: string, page: Page, { ownerId }: { readonly ownerId?: string } = {}) {
    const isWanted = (cdr: Cdr) => cdr.accountId === accountId && (ownerId === undefined || cdr.ownerId === ownerId)
    return this.#page(this.kept.filter(isWanted), page)
  }

  async interaction(accountId: string, interactionId: string) {
    return this.kept.filter((cdr) => cdr.accountId === accountId && cdr.interactionId === interactionId)
  }

  async events(accountId: string, options: { afterId?: number; callId?: string; most: number }) {
    const { afterId = 0, callId, most } = options
    return this.told
      .filter(({ id, event }) => id > afterId && event.accountId === accountId)
      .filter(({ event }) => callId === undefined || event.callId === callId)
      .slice(0, most)
  }

  async debuggedCalls(accountId: string, page: Page) {
    const first = this.debugs.filter((entry) => entry.accountId === accountId && entry.iteration === 1)
    const callIds = [...new Set(first.map(({ callId }) => callId))]
    const calls = callIds.map((callId) => {
      const entries = first.filter((entry) => entry.callId === callId)
      return { callId, at: entries[0]?.at ?? 0, entries }
    })
    return this.#page(calls, page)
  }

  async debugEntries(accountId: string, callId: string) {
    return this.debugs.filter((entry) => entry.accountId === accountId && entry.callId === callId)
  }

  async attempts(accountId: string, page: Page, { hookId }: { readonly hookId?: string } = {}) {
    const ours = this.tried.filter((attempt) => attempt.accountId === accountId)
    return this.#page(hookId === undefined ? ours : ours.filter((attempt) => attempt.hookId === hookId), page)
  }

  async recordings(accountId: string, page: Page, { callId }: { readonly callId?: string } = {}) {
    const ours = this.recorded.filter((recording) => recording.accountId === accountId)
    return this.#page(callId === undefined ? ours : ours.filter((recording) => recording.callId === callId), page)
  }

  async recording(accountId: string, id: string) {
    return this.recorded.find((recording) => recording.accountId === accountId && recording.id === id)
  }

  async removeRecording(accountId: string, id: string) {
    const at = this.recorded.findIndex((recording) => recording.accountId === accountId && recording.id === id)
    if (at >= 0) this.recorded.splice(at, 1)
    return at >= 0
  }

  onEvents(listener: (events: readonly KeptEvent[]) => void) {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #page<T>(all: readonly T[], page: Page): Paged<T> {
    this.pages.push(page)
    const from = Number(page.startKey ?? 0)
    const to = from + page.size
    return { items: all.slice(from, to), ...(to < all.length ? { nextStartKey: String(to) } : {}) }
  }
}
