import type { Party } from './party.ts'

export interface LastRecording {
  readonly id: string
  readonly url: string | undefined
  readonly durationMs: number
}

/** What a callflow sets on a call and later nodes, requests and legs read (KAZOO's variables and key-value store). */
export class CallVariables {
  /** Lower case, e.g. `en-us`. */
  language: string
  callerIdName: string
  callerIdNumber: string
  /** `set_variables`: what web servers see as Custom-Application-Vars. */
  readonly application = new Map<string, unknown>()
  /** `set_variable`: KAZOO's custom channel variables, by their snake_case name. */
  readonly channel = new Map<string, string>()
  /** Names in `application` and `channel` that go along to legs dialled later. */
  readonly exported = new Set<string>()
  /** DTMF collections: name → digits. */
  readonly collections = new Map<string, string>()
  /** `set`: agent skills, merged. */
  readonly skills = new Map<string, unknown>()
  /** What the running callflow's pattern captured. */
  captureGroup: string | undefined
  captureGroups: Readonly<Record<string, string>> = {}
  isNoMatch = false
  callflowId: string | undefined
  callflowName: string | undefined
  ownerId: string | undefined
  lastModule: string | undefined
  /** The number asked for once a feature code was taken off it (`privacy`); what outside calls dial then. */
  requestUser: string | undefined
  /** Somebody who may has chosen the number, or said a pin, though whoever calls may be nobody of ours. */
  mayCallOutside = false
  lastRecording: LastRecording | undefined
  /** `prepend_cid` and `set_cid`: applied when the caller ID of an outgoing leg is computed. */
  prependName = ''
  prependNumber = ''
  rewriteName = ''
  rewriteNumber = ''
  /** `set_alert_info`: how phones that are dialled ring, whatever their documents say. */
  alertInfo: string | undefined
  /** `intercom`: phones that are dialled answer by themselves. */
  autoAnswer: { readonly bargesIn: boolean } | undefined
  /** `dynamic_cid`: as whom outgoing legs are made, whatever the calling phone's documents say. */
  dynamicCallerId: { readonly name: string | undefined; readonly number: string } | undefined
  /** `disa`: outgoing legs come from whoever this call is from now, not from the calling phone. */
  keepsCallerId = false
  /** `voicemail`: the caller has left a message. */
  hasLeftMessage = false
  /** `after_bridge`: what becomes of the caller when the next conversation is over. */
  afterConversation:
    { readonly do: 'park' | 'hangup' } | { readonly do: 'transfer'; readonly number: string } | undefined
  /** `privacy`: what outgoing legs hide. */
  privacy: { readonly hideName: boolean; readonly hideNumber: boolean; readonly merge: boolean } | undefined

  constructor({ language, from }: { language: string; from: Party }) {
    this.language = language
    this.callerIdName = from.name ?? ''
    this.callerIdNumber = from.user
  }

  /** Takes over what `other` exports to legs that are dialled for it. */
  takeExported({ exported, application, channel }: CallVariables): void {
    for (const name of exported) {
      if (application.has(name)) this.application.set(name, application.get(name))
      const value = channel.get(name)
      if (value !== undefined) this.channel.set(name, value)
      this.exported.add(name)
    }
  }

  /** Appends digits pressed while something played to the collection `default`, at most 64 in all. */
  addEarlyDigits(digits: string): void {
    this.collections.set('default', ((this.collections.get('default') ?? '') + digits).slice(0, 64))
  }
}
