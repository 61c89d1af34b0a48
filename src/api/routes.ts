import { sessionRoutes } from './auth/sessions.ts'
import { tokenRoutes } from './auth/tokens.ts'
import { recordingRoutes } from './account-recordings.ts'
import { cdrRoutes } from './cdrs.ts'
import { channelRoutes } from './channels.ts'
import { conferenceRoutes } from './conferences.ts'
import { documentRoutes } from './collections/index.ts'
import { eventRoutes } from './events.ts'
import { mailboxMessageRoutes } from './mailbox-messages.ts'
import { mediaRawRoutes } from './media-raw.ts'
import { pivotDebugRoutes } from './pivot-debug.ts'
import { queueRoutes } from './queues.ts'
import { registrationRoutes } from './registrations.ts'
import { resourceRoutes } from './resources.ts'
import type { Route } from './route.ts'
import { schemaRoutes } from './schemas.ts'
import { webhookRoutes } from './webhooks.ts'

/** Everything the API does, besides health, metrics and recordings by their address. */
export const allRoutes: readonly Route[] = [
  ...sessionRoutes,
  ...tokenRoutes,
  ...documentRoutes,
  ...schemaRoutes,
  ...cdrRoutes,
  ...pivotDebugRoutes,
  ...channelRoutes,
  ...conferenceRoutes,
  ...queueRoutes,
  ...recordingRoutes,
  ...registrationRoutes,
  ...resourceRoutes,
  ...mediaRawRoutes,
  ...mailboxMessageRoutes,
  ...eventRoutes(),
  ...webhookRoutes,
]
