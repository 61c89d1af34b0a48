import { unwanted, type Clock } from '../base/index.ts'
import { Host, hostKey, type Held, type Lane } from './host.ts'
import type { Job } from './job.ts'

export interface LanesOptions {
  readonly clock: Clock
  readonly mostUnderwayPerHost: number
  /** Told when {@link Lanes.take} may have something. */
  readonly onDue: () => void
}

/** What this process carries, in lanes that lead to hosts, and whose turn it is. */
export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #hosts = new Map<string, Host>()
  /** Hosts that may have something to carry, in turn. */
  readonly #turns = new Set<Host>()

  constructor(options: LanesOptions) {
    this.#options = options
  }

  /** The host that a job is for; `forget` it when the job is not added after all. */
  hostOf(job: Job): Host {
    const key = hostKey(job.accountId, job.url)
    const known = this.#hosts.get(key)
    if (known !== undefined) return known
    const host = new Host(key)
    this.#hosts.set(key, host)
    return host
  }

  forget(host: Host): void {
    if (host.held > 0) return
    host.alarm?.abort(unwanted)
    this.#turns.delete(host)
    this.#hosts.delete(host.key)
  }

  add(held: Held): void {
    const key = held.job.orderKey ?? held.job.id
    const known = this.#lanes.get(key)
    if (known !== undefined) {
      known.jobs.push(held)
      known.host.held++
      return
    }
    const lane: Lane = { key, jobs: [held], host: this.hostOf(held.job), isUnderway: false, alarm: undefined }
    this.#lanes.set(key, lane)
    lane.host.held++
    this.wait(lane)
  }

  /** The lane whose first job is to be carried now; `finish` it after that. */
  take(): { readonly lane: Lane; readonly held: Held } | undefined {
    for (;;) {
      const [host] = this.#turns
      if (host === undefined) return undefined
      this.#turns.delete(host)
      const next = host.next(this.#options.clock.now(), this.#options.mostUnderwayPerHost)
      if (next === undefined) continue
      if ('waitMs' in next) {
        this.#waitForHost(host, next.waitMs)
        continue
      }
      this.#turns.add(host)
      this.#stopWaiting(next)
      const [held] = next.jobs
      if (held === undefined) continue
      next.isUnderway = true
      host.underway++
      return { lane: next, held }
    }
  }

  /** An attempt at the first job of a lane is over; the lane waits, advances or leaves next. */
  finish(lane: Lane): void {
    lane.isUnderway = false
    lane.host.underway--
    this.#turns.add(lane.host)
  }

  /** The first job of the lane waits until it is due, and then for its turn. */
  wait(lane: Lane): void {
    const [first] = lane.jobs
    if (first === undefined) return
    const { clock, onDue } = this.#options
    const ready = (): void => {
      lane.host.ready.add(lane)
      this.#turns.add(lane.host)
    }
    const waitMs = first.dueAt - clock.now()
    if (waitMs <= 0) {
      ready()
      return
    }
    const alarm = new AbortController()
    lane.alarm = alarm
    lane.host.asleep.add(lane)
    const wake = (): void => {
      this.#stopWaiting(lane)
      ready()
      onDue()
    }
    clock.sleep(waitMs, alarm.signal).then(wake, () => undefined)
  }

  /** The first job of the lane is over: on to the one behind it. */
  advance(lane: Lane): void {
    const { host } = lane
    lane.jobs.shift()
    host.held--
    const [first] = lane.jobs
    if (first === undefined) this.#lanes.delete(lane.key)
    else {
      lane.host = this.hostOf(first.job)
      // What a lane holds counts for the host of its first job.
      host.held -= lane.jobs.length
      lane.host.held += lane.jobs.length
      this.wait(lane)
    }
    this.forget(host)
  }

  /** Takes out all jobs of a lane that is not under way. */
  leave(lane: Lane): readonly Held[] {
    if (lane.isUnderway) return []
    this.#stopWaiting(lane)
    return this.#cut(lane, 0)
  }

  /** Takes out the jobs that `fits`, and everything behind them in their lanes; not what is under way. */
  takeOut(fits: (held: Held) => boolean): readonly Held[] {
    return [...this.#lanes.values()].flatMap((lane) => {
      const place = lane.jobs.findIndex((held, index) => fits(held) && !(lane.isUnderway && index === 0))
      if (place === 0) this.#stopWaiting(lane)
      return place < 0 ? [] : this.#cut(lane, place)
    })
  }

  /** Takes out everything that is not due, or cannot be carried because its host is down. */
  takeOutWaiting(): readonly Held[] {
    const waits = ({ alarm, host }: Lane): boolean => alarm !== undefined || host.breaker.openSince !== undefined
    return [...this.#lanes.values()].filter(waits).flatMap((lane) => this.leave(lane))
  }

  /** The host is back: nothing waits longer than a second for each attempt it has behind it, thirty at most. */
  hurry(host: Host): void {
    const nowMs = this.#options.clock.now()
    for (const lane of [...host.asleep]) {
      const [first] = lane.jobs
      if (first === undefined || first.job.tries !== undefined) continue
      first.dueAt = Math.min(first.dueAt, nowMs + Math.min(first.attempts, 30) * 1_000)
      this.#stopWaiting(lane)
      this.wait(lane)
    }
  }

  #cut(lane: Lane, place: number): readonly Held[] {
    const taken = lane.jobs.splice(place)
    lane.host.held -= taken.length
    if (lane.jobs.length === 0) this.#lanes.delete(lane.key)
    this.forget(lane.host)
    return taken
  }

  #stopWaiting(lane: Lane): void {
    lane.alarm?.abort(unwanted)
    lane.alarm = undefined
    lane.host.asleep.delete(lane)
    lane.host.ready.delete(lane)
  }

  #waitForHost(host: Host, ms: number): void {
    if (host.alarm !== undefined) return
    const alarm = new AbortController()
    host.alarm = alarm
    const wake = (): void => {
      host.alarm = undefined
      this.#turns.add(host)
      this.#options.onDue()
    }
    this.#options.clock.sleep(ms, alarm.signal).then(wake, () => undefined)
  }
}
