export type { Http, HttpAnswer, HttpHop, HttpLimits, HttpQuestion, HttpStage, HttpTiming } from './http.ts'
export { openHttp, type HttpOptions, type OpenHttp } from './open.ts'
export { readEgress, type Egress } from './egress.ts'
export { Stopwatch } from './stopwatch.ts'
export { resolveUrl, shownUrl, wireUrl } from './url.ts'
export type { Deliveries, Delivered, Delivery } from './delivery.ts'
export {
  attemptDelivery,
  deliveredBy,
  isWorthAnother,
  type Attempted,
  type AttemptOptions,
  type AttemptResult,
} from './attempt.ts'
export { openDeliveries, type DeliveriesOptions, type OpenDeliveries } from './deliveries.ts'
