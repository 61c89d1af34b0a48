export { embeddedDriver, type EmbeddedCounters, type EmbeddedDriver, type EmbeddedOptions } from './driver.ts'
export type { ContactsOf, DeviceContact, DeviceTarget } from './destinations.ts'
