import Type from 'typebox'
import { attributeReader, method, recognised, url } from '../attributes.ts'
import { checkAttributes, checkInside } from '../check.ts'
import { childrenOf, isElement, textOf, type Position, type TwimlElement } from '../document.ts'
import type { Method, Party } from '../session.ts'
import { codes, type Warn } from '../warnings.ts'
import type { ProgressCallback } from './progress.ts'
import { readSipAddress } from './sip-address.ts'

/** Somebody to call, and what is special about it. References are still relative to the document. */
export interface Noun {
  readonly at: Position
  /** How warnings call it: `<Number>`. */
  readonly tag: string
  readonly party: Party
  /** Carried out on the callee before the two are connected. */
  readonly whisper?: { readonly url: string; readonly method: Method }
  /** Sent to the callee after the answer. */
  readonly sendDigits?: string
  readonly progress?: ProgressCallback
}

/** Twilio's. */
const mostNouns = 10

const progressEvent = '(?:initiated|ringing|answered|completed)'
const called = {
  url: url('What the callee hears and is asked before being connected'),
  method,
  statusCallback: url('Who is told, in the background, how the call goes'),
  statusCallbackMethod: method,
  statusCallbackEvent: Type.String({
    default: 'completed',
    pattern: `^${progressEvent}(?:[\\s,]+${progressEvent})*$`,
    description: 'Which of `initiated`, `ringing`, `answered` and `completed` are told',
  }),
}
const answeringMachine = {
  machineDetection: recognised('Whether answering machines are told from people'),
  machineDetectionTimeout: recognised('Seconds'),
  machineDetectionSpeechThreshold: recognised('Milliseconds'),
  machineDetectionSpeechEndThreshold: recognised('Milliseconds'),
  machineDetectionSilenceTimeout: recognised('Milliseconds'),
  amdStatusCallback: recognised('Who is told what answered'),
  amdStatusCallbackMethod: recognised('How'),
}
const sendDigits = Type.Optional(
  Type.String({ pattern: '^[0-9A-D*#wW]{1,50}$', description: 'Digits sent after the answer; `w` is half a second' }),
)
const calledCodes = { url: codes.badUrl, statusCallback: codes.badUrl }

const readNumber = attributeReader(
  'Number',
  Type.Object({ ...called, ...answeringMachine, sendDigits, byoc: recognised('A trunk kept at Twilio') }),
  { ...calledCodes, method: 13221, sendDigits: 13222 },
)
const readSip = attributeReader(
  'Sip',
  Type.Object({
    ...called,
    ...answeringMachine,
    username: Type.Optional(Type.String({ description: 'For a far end that asks who calls' })),
    password: Type.Optional(Type.String({ description: 'For a far end that asks who calls' })),
  }),
  { ...calledCodes, method: 13241 },
)
const readClient = attributeReader('Client', Type.Object(called), calledCodes)
const readPlain = {
  User: attributeReader('User', Type.Object({}), {}),
  Device: attributeReader('Device', Type.Object({}), {}),
}

/**
 * Whom a `<Dial>` is to call, in order: its nouns, and text of its own, which is a number. What cannot be called is
 * warned of and left out.
 */
export function readNouns(dial: TwimlElement, warn: Warn): readonly Noun[] {
  const nouns = dial.content.flatMap((part): Noun[] => {
    if (isElement(part)) return readNoun(part, warn) ?? []
    return part.text.trim() === '' ? [] : (numberNoun(part, '<Dial>', part.text, warn) ?? [])
  })
  const tooMany = nouns[mostNouns]
  if (tooMany !== undefined) {
    warn(tooMany.at, codes.tooManyParties, `<Dial> calls at most ${mostNouns} at a time: the others are left out`)
  }
  return nouns.slice(0, mostNouns)
}

function readNoun(element: TwimlElement, warn: Warn): Noun[] | undefined {
  switch (element.name) {
    case 'Number':
      return number(element, warn)
    case 'Sip':
      return sip(element, warn)
    case 'Client':
      return client(element, warn)
    case 'User':
    case 'Device':
      readPlain[element.name](element, warn)
      checkInside(element, warn)
      return named(element, element.name === 'User' ? 'user' : 'device', textOf(element), {}, warn)
    case 'Queue':
      return undefined // No one to call: see readQueueNoun.
    case 'Conference':
    case 'Application':
    case 'Sim':
    case 'WhatsApp':
      warn(element, codes.schema, `<${element.name}> in <Dial> is not carried out yet: it is skipped`)
      checkAttributes(element, warn)
      checkInside(element, warn)
      return undefined
    default:
      return undefined // Warned of as what cannot stand in <Dial>, or a <Conference>, which is no party.
  }
}

function number(element: TwimlElement, warn: Warn): Noun[] | undefined {
  const attributes = readNumber(element, warn)
  checkInside(element, warn)
  checkMachine(attributes, element, warn)
  const noun = numberNoun(element, '<Number>', textOf(element), warn)
  const { sendDigits: digits } = attributes
  return noun?.map((one) => ({
    ...one,
    ...talkedTo(attributes),
    ...(digits === undefined ? {} : { sendDigits: digits }),
  }))
}

/** @source KAZOO kzt_twiml_dial.erl: everything but digits and `+` is taken out of a number */
function numberNoun(at: Position, tag: string, text: string, warn: Warn): Noun[] | undefined {
  const name = text.replaceAll(/[^\d+*#]/g, '')
  if (/^\+?[\d*#]+$/.test(name)) return [{ at, tag, party: { kind: 'number', name } }]
  warn(at, codes.numberForm, `${tag} has no number: it is skipped`)
  return undefined
}

function sip(element: TwimlElement, warn: Warn): Noun[] | undefined {
  const attributes = readSip(element, warn)
  checkInside(element, warn)
  checkMachine(attributes, element, warn)
  const uris = childrenOf(element).filter(({ name }) => name === 'Uri')
  for (const uri of uris)
    warn(uri, codes.schema, '<Uri> is not carried out yet: <Sip> calls the address that is its text')
  const address = readSipAddress(element, warn)
  if (address === undefined) return undefined
  const { username = '', password = '' } = attributes
  const credentials = username === '' ? {} : { credentials: { username, password } }
  return [{ at: element, tag: '<Sip>', party: { kind: 'sip', ...address, ...credentials }, ...talkedTo(attributes) }]
}

/** @source Twilio <Dial><Client>: the name stands in it, or in an `<Identity>` */
function client(element: TwimlElement, warn: Warn): Noun[] | undefined {
  const attributes = readClient(element, warn)
  checkInside(element, warn)
  const children = childrenOf(element)
  const parameter = children.find(({ name }) => name === 'Parameter')
  if (parameter !== undefined) warn(parameter, codes.schema, 'a <Parameter> of <Client> is told nobody: it is ignored')
  const identity = children.find(({ name }) => name === 'Identity') ?? element
  return named(element, 'client', textOf(identity).replace(/^client:/i, ''), talkedTo(attributes), warn)
}

function named(
  element: TwimlElement,
  kind: 'client' | 'user' | 'device',
  name: string,
  more: Partial<Noun>,
  warn: Warn,
): Noun[] | undefined {
  const tag = `<${element.name}>`
  if (name !== '') return [{ at: element, tag, party: { kind, name }, ...more }]
  warn(element, codes.numberForm, `${tag} names nobody: it is skipped`)
  return undefined
}

interface Talked {
  readonly url?: string
  readonly method: Method
  readonly statusCallback?: string
  readonly statusCallbackMethod: Method
  readonly statusCallbackEvent: string
}

function talkedTo({ url, method, statusCallback, statusCallbackMethod, statusCallbackEvent }: Talked): Partial<Noun> {
  const events = new Set(statusCallbackEvent.split(/[\s,]+/))
  return {
    ...(url === undefined ? {} : { whisper: { url, method } }),
    ...(statusCallback === undefined
      ? {}
      : { progress: { url: statusCallback, method: statusCallbackMethod, events } }),
  }
}

function checkMachine({ machineDetection }: { machineDetection?: string }, element: TwimlElement, warn: Warn): void {
  if (machineDetection === undefined) return
  const at = element.places['machineDetection'] ?? element
  warn(at, codes.schema, 'answering machines are not told from people yet: whatever answers is connected')
}
