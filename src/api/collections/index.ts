import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { callflows } from './callflows.ts'
import type { CollectionRules } from './collection.ts'
import { devices } from './devices.ts'
import { listEntryRoutes, lists } from './list-entries.ts'
import { collectionRoutes } from './routes.ts'
import { simpleCollections } from './simple.ts'
import { users } from './users.ts'

/** All collections of documents but accounts, which stand above them. */
export const allCollections: readonly CollectionRules[] = [callflows, devices, users, lists, ...simpleCollections]

export const documentRoutes: readonly Route[] = [
  ...accountRoutes,
  ...allCollections.flatMap(collectionRoutes),
  ...listEntryRoutes,
]
