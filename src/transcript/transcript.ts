import type { Clock } from '../base/index.ts'
import type { Party } from '../call/index.ts'
import type { Collection, Document } from '../callflow/index.ts'
import type { LegMemory } from '../drivers/simulator/index.ts'
import type { Http } from '../http/index.ts'

/** How a scripted web server answers a question. */
export type ScriptedAnswer =
  | {
      readonly kind: 'says'
      readonly status: number
      readonly contentType: string | undefined
      readonly headers: readonly (readonly [name: string, value: string])[]
      readonly body: string
      readonly afterMs: number
    }
  | { readonly kind: 'silent' | 'refuses' | 'resets' | 'unresolvable' }

/** What somebody whom the house calls does about it. */
export interface ScriptedCallee {
  /** As the house calls them: see {@link nameOfTarget}; the user alone does. */
  readonly name: string
  /** `rings`: for ever; `turns away`: refuses without ringing; `vanishes`: the network loses them. */
  readonly does: 'answers' | 'refuses' | 'sends on' | 'turns away' | 'rings' | 'vanishes' | 'is not registered'
  /** Where they send the call. */
  readonly sendsTo?: string
  /** The SIP status of a refusal. */
  readonly status?: number
  /** Since they were called. */
  readonly afterMs: number
  /** Sound comes from them before that. */
  readonly sendsEarly: boolean
}

/** Who does something: the caller, when nobody else is named. */
export interface Doer {
  /** One of the {@link furtherCallers}. */
  readonly caller?: string
  /** Somebody whom the house has called, by name. */
  readonly callee?: string
}

/** Those who call besides the caller. */
export const furtherCallers: readonly string[] = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `caller${number}`)

/** What one line wants done or happen. */
export type Step =
  | (Doer & {
      readonly kind: 'dials'
      readonly number: string
      readonly from: Dialler
      readonly isStranger: boolean
      /** The call whose place this one is to take: see {@link Scene.transfer}. */
      readonly replaces?: string
    })
  | (Doer & { readonly kind: 'presses'; readonly digits: string })
  | (Doer & { readonly kind: 'speaks'; readonly ms: number })
  | (Doer & { readonly kind: 'holds'; readonly isHeld: boolean })
  | { readonly kind: 'waits'; readonly ms: number }
  | (Doer & { readonly kind: 'hangsUp' | 'vanishes' })
  /** `to` a number or an address, or `otherOf` a call: see {@link Scene.transfer}. */
  | (Doer & { readonly kind: 'transfers'; readonly to: string | undefined; readonly otherOf: string | undefined })
  /** What somebody says to a transfer that the house asked them for. */
  | (Doer & { readonly kind: 'reportsTransfer' | 'refusesTransfer'; readonly sipStatus: number })
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'expects'; readonly expected: Expected }

export interface Dialler {
  readonly user: string
  readonly name?: string
}

/** What a line says will happen. */
export interface Expected {
  readonly kind: FactKind
  readonly who: string
  /** As a fact says it, one space between words. */
  readonly what: string
  /** What a question, a report or variables must contain. */
  readonly clauses: readonly Clause[]
  /** Milliseconds since the line before. */
  readonly afterMs: number | undefined
}

export type Clause =
  | { readonly kind: 'parameter'; readonly name: string; readonly value: string }
  | { readonly kind: 'no-parameter'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'json'; readonly subset: unknown }

/** Facts that every transcript of a call must mention. */
const firstGrade = [
  'answers',
  'hears',
  'records',
  'sends',
  'ends',
  'dials',
  'bridges',
  'drops',
  'joins',
  'listens',
  'transfers',
  'unscripted',
] as const

/** The kinds of facts. Those that are not of the first grade only count when the transcript mentions their kind. */
export type FactKind =
  | (typeof firstGrade)[number]
  | 'rings'
  | 'early'
  | 'recorded'
  | 'asked'
  | 'failed'
  | 'called'
  | 'warning'
  | 'cdr'
  | 'recording'
  | 'variables'
  | 'notice'
  | 'edr'
  | 'node'
  | 'verb'
  | 'media'
  | 'gone'
  | 'rung'
  | 'leaves'
  | 'parked'
  | 'messages'
  | 'queue'

export const isFirstGrade = (kind: FactKind): boolean => firstGrade.some((first) => first === kind)

/** What the world is like before the call. */
export interface Setup {
  readonly startMs: number
  readonly account: Document | undefined
  readonly documents: readonly { readonly collection: Collection; readonly document: Document }[]
  /** By name: how long media last, or that they are missing. */
  readonly media: ReadonlyMap<string, number | 'missing'>
  readonly headers: Readonly<Record<string, string>>
  readonly answers: readonly ScriptedAnswer[]
  readonly callees?: readonly ScriptedCallee[]
  /** The call is one that was made before. */
  readonly again?: Again
}

/** What a call had that is to go as it once went. */
export interface Again {
  readonly callId: string
  readonly from: Party
  readonly to: Party
  readonly request: Party
  readonly source: string
  readonly userAgent: string | undefined
  readonly memory: (clock: Clock) => LegMemory
  /** The web servers. */
  readonly http: (clock: Clock) => Http
}

export interface TranscriptLine {
  /** Counts from 1. */
  readonly line: number
  /** As written, with its continuation lines. */
  readonly text: string
  /** Undefined for comments, empty lines and the setup. */
  readonly step: Step | undefined
}

export interface Transcript {
  /** The sentence of line 1. */
  readonly summary: string
  readonly setup: Setup
  readonly lines: readonly TranscriptLine[]
}
