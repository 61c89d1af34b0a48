export type { Directory, Endpoint, Subscriber } from './directory.ts'
export type { LiveCalls } from './live-calls.ts'
export type { Redirection } from './live-flow.ts'
export { newSwitchboard, type Switchboard, type SwitchboardOptions } from './switchboard.ts'
