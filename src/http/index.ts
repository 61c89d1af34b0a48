export type { Http, HttpAnswer, HttpHop, HttpLimits, HttpQuestion, HttpStage, HttpTiming } from './http.ts'
export { openHttp, type HttpOptions, type OpenHttp } from './open.ts'
export { readEgress, type Egress } from './egress.ts'
export { Stopwatch } from './stopwatch.ts'
export { resolveUrl, shownUrl, wireUrl } from './url.ts'
export {
  openDeliveries,
  type Deliveries,
  type DeliveriesOptions,
  type Delivered,
  type Delivery,
  type OpenDeliveries,
} from './deliveries.ts'
