export { isLoopback, readConfig, type Config, type ReadConfig } from './read-config.ts'
export { describeSettings, variableOf, type SettingName } from './settings.ts'
