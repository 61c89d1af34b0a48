export { DocumentPhones } from './phone-book.ts'
export { Registrations, type RegistrationCounters, type RegistrationsOptions } from './registrations.ts'
export type { PhoneName, Registration, RegistrationChange, RegistrationStore } from './store.ts'
