export { embeddedDriver, type EmbeddedCounters, type EmbeddedDriver, type EmbeddedOptions } from './driver.ts'
