import type { Route } from './route.ts'

/** Everything the API does, besides health, metrics and recordings by their address. */
export const allRoutes: readonly Route[] = []
