import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CallEvent, Leg } from '../call/index.ts'

/** What is to be known of a call: which way its leg goes. */
interface Carried {
  readonly leg: Pick<Leg, 'direction'>
}

export interface Metrics {
  /** Counts what happens on calls; give it to every call. */
  readonly observe: (event: CallEvent, call: Carried) => void
  readonly contentType: string
  /** In Prometheus' text format. */
  text(): Promise<string>
  /** Name, kind and meaning of each metric of ours, for the reference. */
  describe(): Promise<readonly { readonly name: string; readonly type: string; readonly help: string }[]>
}

/** A figure that somebody else keeps. */
export interface Figure {
  /** With `pivot_` before it; one that only counts up ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly read: () => number
}

/** Counters derived from CallEvents, `figures`, and what Node keeps of itself (memory, CPU, event loop). */
export function newMetrics(figures: readonly Figure[] = []): Metrics {
  const registry = new Registry()
  const counters = newCounters(registry)
  for (const figure of figures) addFigure(registry, figure)
  collectDefaultMetrics({ register: registry })
  return {
    observe: (event, call) => count(counters, event, call),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    async describe() {
      const all = await registry.getMetricsAsJSON()
      return all
        .filter(({ name }) => name.startsWith('pivot_'))
        .map(({ name, type, help }) => ({ name, help, type: String(type) }))
    },
  }
}

function addFigure(registry: Registry, { name, help, read }: Figure): void {
  if (name.endsWith('_total')) {
    const collect = function (this: Counter): void {
      this.reset()
      this.inc(read())
    }
    registry.registerMetric(new Counter({ name, help, registers: [], collect }))
    return
  }
  const collect = function (this: Gauge): void {
    this.set(read())
  }
  registry.registerMetric(new Gauge({ name, help, registers: [], collect }))
}

const callSeconds = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]
const webhookSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const setupSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

type Counters = ReturnType<typeof newCounters>

function newCounters(registry: Registry) {
  const registers = [registry]
  return {
    live: new Gauge({
      name: 'pivot_calls_live',
      help: 'Legs that are here now: calls, and whom they have called',
      registers,
    }),
    ended: new Counter({
      name: 'pivot_calls_total',
      help: 'Calls that have ended, by who ended them and why',
      labelNames: ['ended_by', 'cause'] as const,
      registers,
    }),
    setup: new Histogram({
      name: 'pivot_call_setup_seconds',
      help: 'From the arrival of a call to its answer',
      buckets: setupSeconds,
      registers,
    }),
    length: new Histogram({
      name: 'pivot_call_seconds',
      help: 'From the arrival of a call to its end',
      buckets: callSeconds,
      registers,
    }),
    asked: new Counter({
      name: 'pivot_webhook_requests_total',
      help: 'Requests for documents, by what came of them: the status, or the code of the failure',
      labelNames: ['result'] as const,
      registers,
    }),
    answerTime: new Histogram({
      name: 'pivot_webhook_seconds',
      help: 'From the start of a request for a document to the end of its answer, or to its failure',
      buckets: webhookSeconds,
      registers,
    }),
    failed: new Counter({
      name: 'pivot_failures_total',
      help: 'Failures on calls, by code; see docs/reference/failures.md',
      labelNames: ['code'] as const,
      registers,
    }),
    warned: new Counter({
      name: 'pivot_twiml_warnings_total',
      help: 'Mistakes in TwiML documents that were stepped over, by Twilio error code',
      labelNames: ['code'] as const,
      registers,
    }),
    nodes: new Counter({
      name: 'pivot_nodes_total',
      help: 'Callflow nodes that were run, by module',
      labelNames: ['module'] as const,
      registers,
    }),
    digits: new Counter({
      name: 'pivot_digits_total',
      help: 'Digits that callers pressed, by the way they came',
      labelNames: ['via'] as const,
      registers,
    }),
    recordings: new Counter({
      name: 'pivot_recordings_total',
      help: 'Recordings that are over, by what ended them',
      labelNames: ['ended_by'] as const,
      registers,
    }),
  }
}

function count(counters: Counters, event: CallEvent, call: Carried): void {
  if (event.sequence === 1) counters.live.inc()
  switch (event.type) {
    case 'leg.answered':
      if (call.leg.direction === 'inbound') counters.setup.observe(event.atMs / 1000)
      break
    case 'leg.ended':
      counters.live.dec()
      counters.ended.inc({ ended_by: event.by, cause: event.cause })
      counters.length.observe(event.atMs / 1000)
      break
    case 'pivot.answered':
      counters.asked.inc({ result: String(event.status) })
      counters.answerTime.observe(event.timing.totalMs / 1000)
      break
    case 'pivot.failed':
      counters.asked.inc({ result: event.code })
      counters.failed.inc({ code: event.code })
      if (event.timing !== undefined) counters.answerTime.observe(event.timing.totalMs / 1000)
      break
    case 'node.started':
      counters.nodes.inc({ module: event.module })
      break
    case 'node.failed':
    case 'media.failed':
      counters.failed.inc({ code: event.code })
      break
    case 'twiml.warned':
      counters.warned.inc({ code: String(event.code) })
      break
    case 'digit.received':
      counters.digits.inc({ via: event.via })
      break
    case 'recording.ended':
    case 'call-recording.ended':
      counters.recordings.inc({ ended_by: event.endedBy })
      break
    case 'cdr.posted':
    case 'webhook.called':
      if (event.code !== undefined) counters.failed.inc({ code: event.code })
      break
    default:
  }
}
