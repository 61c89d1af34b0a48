export { embeddedDriver, type EmbeddedCounters, type EmbeddedDriver, type EmbeddedOptions } from './driver.ts'
export type { ContactsOf, DeviceContact } from './destinations.ts'
