export { newSimulator, type DialledCallee, type Simulator, type SimulatorOptions } from './driver.ts'
export { durations, type DurationOf } from './durations.ts'
export type { Callee, FarEnd, LegMemory, RememberedRecording, SimulatedLegOptions } from './far-end.ts'
export { simulatedLeg } from './leg.ts'
