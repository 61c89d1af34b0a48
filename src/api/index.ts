export { newApi, type ApiOptions } from './server.ts'
export { newMetrics, type Figure, type Metrics } from './metrics.ts'
export { openApiKey, type ApiKey } from '../access/index.ts'
export type { RecordingFile, RecordingFiles } from './recordings.ts'
