import { expect } from 'vitest'
import { silentLog, VirtualClock } from '../../src/base/index.ts'
import {
  Call,
  Hangup,
  nameOf,
  type CallEvent,
  type KeepOptions,
  type MediaSource,
  type Recording,
  type Recordings,
} from '../../src/call/index.ts'
import { durations, simulatedLeg } from '../../src/drivers/simulator/index.ts'
import {
  newSessionState,
  parseTwiml,
  runDocument,
  type DocumentEnd,
  type Parameters,
  type SessionState,
} from '../../src/twiml/index.ts'

export interface TwimlConversationOptions {
  /** Where the document came from. */
  readonly url?: string
  readonly state?: SessionState
  /** How long media last by name, or that they are missing. */
  readonly media?: Readonly<Record<string, number | 'missing'>>
  /** Answered before the document begins. */
  readonly isAnswered?: boolean
  /** The caller has hung up before the document begins. */
  readonly isGone?: boolean
  /** Things may happen that the test does not mention. */
  readonly isQuiet?: boolean
}

/**
 * Carries out one TwiML document on a simulated call. Whatever happens on the call must be mentioned in order, else the
 * test fails with the story so far; times are virtual.
 *
 * @param verbs what stands in `<Response>`
 */
export function twimlConversation(verbs: string, options: TwimlConversationOptions = {}) {
  const {
    url = 'https://dev.example/p',
    state = newSessionState(),
    media = {},
    isAnswered = false,
    isGone = false,
    isQuiet = false,
  } = options
  const clock = new VirtualClock()
  const party = { user: '+15551230001', realm: 'a1.example' }
  const durationOf = durations(new Map(Object.entries(media)))
  const { leg, farEnd } = simulatedLeg({ clock, callId: 'C1', from: party, to: { ...party, user: '2030' }, durationOf })
  const toldToServers: { readonly url: string; readonly method: string; readonly parameters: Parameters }[] = []
  const story: string[] = []
  const mentioned: string[] = []
  const heard: MediaSource[] = []
  const call = new Call({
    leg,
    account: { id: 'A1', realm: 'a1.example', language: 'en-us', timezone: 'UTC', country: 'US' },
    number: '2030',
    clock,
    log: silentLog,
    observers: [
      (event) => {
        story.push(...sayings(event))
        if (event.type === 'media.started') heard.push(event.media)
      },
    ],
  })
  const recordings = keptRecordings()
  let end: DocumentEnd | Hangup | undefined

  const perform = async (): Promise<DocumentEnd> => {
    if (isAnswered) await leg.answer()
    if (isGone) farEnd.hangUp()
    story.length = 0
    return runDocument(parseTwiml(`<Response>${verbs}</Response>`, { url }), {
      call,
      clock,
      signal: leg.ended,
      log: silentLog,
      state,
      recordings,
      occasion: 'call',
      dialling: undefined,
      url,
      notify: (to, method, parameters) => {
        toldToServers.push({ url: to, method, parameters })
        story.push(`server tells ${to} ${parameters['RecordingStatus'] ?? ''}`)
      },
    })
  }
  const over = perform().then(
    (result) => (end = result),
    (error: unknown) => {
      if (!(error instanceof Hangup)) throw error
      end = error
    },
  )

  /** Lets time pass until the next thing happens, which must be `line`. */
  const happens = async (line: string): Promise<void> => {
    await clock.settle()
    while (story.length === 0 && end === undefined && (await clock.step()));
    await clock.settle()
    if (end !== undefined) await over
    expect([...mentioned, story.shift()]).toEqual([...mentioned, line])
    mentioned.push(line)
  }
  const ends = async (): Promise<DocumentEnd | Hangup> => {
    while (end === undefined && (await clock.step()));
    await over
    if (!isQuiet) expect([...mentioned, ...story]).toEqual(mentioned)
    if (end === undefined) throw new Error('the document neither ends nor waits')
    return end
  }

  return {
    clock,
    state,
    call,
    heard,
    toldToServers,
    keptRecordings: recordings.kept,
    discarded: recordings.discarded,
    caller: {
      hears: (name: string) => happens(`caller hears ${name}`),
      hearsSaid: (text: string) => happens(`caller hears ${JSON.stringify(text)}`),
      hearsRinging: () => happens('server rings'),
      isAnswered: () => happens('server answers'),
      presses: async (digits: string) => {
        await clock.settle()
        for (const digit of digits) {
          farEnd.press(digit)
          await clock.settle()
        }
      },
      speaks: async (ms: number) => {
        await clock.settle()
        const said = farEnd.speak(ms)
        await clock.advance(ms)
        await said
      },
      waits: (ms: number) => clock.advance(ms),
      hangsUp: async () => {
        await clock.settle()
        farEnd.hangUp()
      },
    },
    server: {
      records: () => happens('server records'),
      sendsDigits: (digits: string) => happens(`server sends ${digits}`),
      warns: (code: number, at: string) => happens(`server warns ${code} at ${at}`),
      opensEarlyMedia: () => happens('server opens early media'),
      tells: (to: string, status: string) => happens(`server tells ${to} ${status}`),
    },
    document: {
      finishes: async () => expect(await ends()).toEqual({ end: 'finished' }),
      asks: async (to: string, method: string, parameters: Parameters) =>
        expect(await ends()).toEqual({ end: 'ask', url: to, method, parameters }),
      hangsUp: async (cause: string) => expect(await ends()).toEqual({ end: 'hangUp', cause }),
      rejects: async (sipStatus: number, reason: string) =>
        expect(await ends()).toEqual({ end: 'reject', sipStatus, reason }),
      isAbandoned: async () => expect(await ends()).toBeInstanceOf(Hangup),
      ends,
    },
  }
}

function sayings(event: CallEvent): string[] {
  switch (event.type) {
    case 'leg.ringing':
      return ['server rings']
    case 'leg.early':
      return ['server opens early media']
    case 'leg.answered':
      return ['server answers']
    case 'media.started':
      return [`caller hears ${nameOf(event.media)}`]
    case 'recording.started':
      return ['server records']
    case 'digits.sent':
      return [`server sends ${event.digits}`]
    case 'twiml.warned':
      return [`server warns ${event.code} at ${event.line}:${event.column - '<Response>'.length}`]
    default:
      return []
  }
}

function keptRecordings(): Recordings & { readonly kept: KeepOptions[]; readonly discarded: Recording[] } {
  const kept: KeepOptions[] = []
  const discarded: Recording[] = []
  return {
    kept,
    discarded,
    async keep(_recording, options) {
      kept.push(options)
      return { url: options.upload === undefined ? `https://pivot.example/r/${kept.length}` : options.upload.url }
    },
    async discard(recording) {
      discarded.push(recording)
    },
  }
}
