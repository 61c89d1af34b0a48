export { newSimulator, type Simulator } from './driver.ts'
export { durations, type DurationOf } from './durations.ts'
export { simulatedLeg, type FarEnd, type LegMemory, type RememberedRecording, type SimulatedLegOptions } from './leg.ts'
