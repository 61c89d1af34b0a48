import type { Cdr, LegRecord } from '../call/index.ts'

interface OfLeg {
  readonly leg: LegRecord
  /** When it happened; Unix milliseconds. */
  readonly at: number
  /** A leg that only leads from one place to another inside (KAZOO's loopback). */
  readonly isInternal?: boolean
}

/** What happened, to be told to webhooks. */
export type HookFacts =
  | ({ readonly event: 'channel_create' | 'channel_answer' } & OfLeg)
  | ({ readonly event: 'channel_destroy'; readonly leg: Cdr } & Omit<OfLeg, 'at'>)
  | ({
      readonly event: 'channel_bridge'
      readonly otherLeg: {
        readonly callId: string
        readonly destinationNumber: string
        readonly originalNumber?: string
      }
    } & OfLeg)
  | {
      readonly event: 'parking'
      readonly name: 'PARK_PARKED' | 'PARK_RETRIEVED' | 'PARK_ABANDONED'
      readonly leg: LegRecord
      readonly slot: string
      readonly at: number
    }
  | {
      readonly event: 'object'
      readonly accountId: string
      readonly id: string
      /** `callflow`, `device` … */
      readonly type: string
      readonly action: 'doc_created' | 'doc_edited' | 'doc_deleted'
      readonly at: number
    }
  | {
      readonly event: 'notifications'
      readonly accountId: string
      /** `webhook_disabled` … */
      readonly type: string
      readonly at: number
      readonly details: Readonly<Record<string, unknown>>
    }

export const accountIdOf = (facts: HookFacts): string => ('leg' in facts ? facts.leg.accountId : facts.accountId)

export const atOf = (facts: HookFacts): number => (facts.event === 'channel_destroy' ? facts.leg.endedAt : facts.at)
