export { hostsOf, registrarOf, uriAt, type Gateway } from './gateway.ts'
export { GatewayHealth } from './health.ts'
export { readTrunk, waysTo, type Trunk, type Wanted, type Way } from './trunk.ts'
