/**
 * Every element and attribute that Twilio's SDK can write and KAZOO's documentation names, whether we carry it out or
 * not: so that a mistake in a name is told from a wish that we do not fulfil yet.
 *
 * @source Twilio's voice TwiML as the SDK for Node, version 6.2, emits it; KAZOO kzt_twiml*.erl and its documentation
 */

/** What an attribute may say. `oneOf` and `listOf` (separated by white space) name the words. */
export type Values =
  | { readonly kind: 'text' | 'number' | 'boolean' }
  | { readonly kind: 'oneOf' | 'listOf'; readonly words: readonly string[] }

export interface ElementWords {
  readonly attributes: ReadonlyMap<string, Values>
  /** Elements that may stand in it. */
  readonly children: readonly string[]
  readonly holdsText: boolean
}

const words = {
  Method: 'GET POST',
  Progress: 'initiated ringing answered completed',
  Recording: 'in-progress completed absent',
  Trim: 'trim-silence do-not-trim',
  Side: 'inbound outbound both',
  Track: 'inbound_track outbound_track both_tracks',
  Amd: 'Enable DetectMessageEnd',
  Beep: 'true false onEnter onExit',
  Conference: 'start end join leave mute hold modify speaker announcement',
  Jitter: 'large medium small off',
  ConferenceRecord: 'do-not-record record-from-start',
  Region: 'us1 us2 ie1 sg1 br1 au1 jp1 de1',
  Conversation: 'call-initiated call-ringing call-answered call-completed',
  Record:
    'do-not-record record-from-answer record-from-ringing record-from-answer-dual record-from-ringing-dual true false',
  RingTone:
    'at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz ph pl pt ru se sg th uk us us-old tw ve za',
  Input: 'dtmf speech',
  Channels: 'mono dual',
  Reason: 'rejected busy',
  Account: 'consumer-checking consumer-savings commercial-checking commercial-savings',
  Payment: 'ach-debit credit-card',
  Token: 'one-time reusable payment-method',
  Card: 'visa mastercard amex maestro discover optima jcb diners-club enroute',
  PromptError:
    'timeout invalid-card-number invalid-card-type invalid-date invalid-security-code internal-error input-matching-failed',
  PromptFor:
    'payment-card-number expiration-date security-code postal-code payment-processing bank-account-number bank-routing-number',
  Store: 'PUT POST PATCH',
  Strength: 'none x-weak weak medium strong x-strong',
  Level: 'strong moderate reduced',
  Alphabet: 'ipa x-sampa x-amazon-jyutping x-amazon-pinyin x-amazon-pron-kana x-amazon-yomigana',
  Format: 'mdy dmy ymd md dm ym my d m y yyyymmdd',
  SayAs: 'characters spell-out cardinal number ordinal digits fraction unit date time address expletive telephone',
} as const

const recorded =
  'recordingStatusCallback recordingStatusCallbackMethod:Method recordingStatusCallbackEvent:Recording[] recordingConfigurationId trim:Trim'
const called = 'url method:Method statusCallback statusCallbackMethod:Method statusCallbackEvent:Progress[]'
const answeringMachine =
  'machineDetection:Amd machineDetectionTimeout:n machineDetectionSpeechThreshold:n machineDetectionSpeechEndThreshold:n machineDetectionSilenceTimeout:n amdStatusCallback amdStatusCallbackMethod:Method'
const stored = 'recordingUrl recordStoreMethod:Store'

/** Element → attributes: `:b` is a boolean, `:n` a number, `:Word` one of the words above, `[]` a list of them. */
const attributesOf = {
  Response: '',

  Connect: 'action method:Method',
  Dial: `action method:Method answerOnBridge:b callerId callReason events hangupOnStar:b passports record:Record recordingTrack:Side ${recorded} referUrl referMethod:Method ringTone:RingTone sequential:b timeLimit:n timeout:n ${stored} hangupOn strategy continueOnFail:b collect_dtmf:b`,
  Echo: '',
  Enqueue: 'action method:Method maxQueueSize:n waitUrl waitUrlMethod:Method workflowSid',
  Gather:
    'action method:Method actionOnEmptyResult:b bargeIn:b debug:b enhanced:b finishOnKey hints input:Input[] language maxSpeechTime numDigits:n partialResultCallback partialResultCallbackMethod:Method profanityFilter:b speechModel speechTimeout timeout',
  Hangup: '',
  Leave: '',
  Pause: 'length:n',
  Pay: 'action method:Method bankAccountType:Account chargeAmount currency description input language maxAttempts:n minPostalCodeLength:n paymentConnector paymentMethod:Payment postalCode securityCode:b statusCallback statusCallbackMethod:Method timeout:n tokenType:Token validCardTypes:Card[]',
  Play: 'digits loop:n terminators',
  Prompt: 'attempt cardType:Card[] errorType:PromptError[] for:PromptFor requireMatchingInputs:b',
  Queue: 'url method:Method postWorkActivitySid reservationSid',
  Record: `action method:Method finishOnKey maxLength:n playBeep:b timeout:n transcribe:b transcribeCallback ${recorded} ${stored}`,
  Redirect: 'method:Method',
  Refer: 'action method:Method',
  Reject: 'reason:Reason prompt',
  Say: 'language loop:n voice engine terminators',
  Set: '',
  Sms: 'action method:Method from statusCallback to',
  Start: 'action method:Method',
  Stop: '',

  AiSession: 'aiConnector aiSessionConfiguration',
  Application: `${called} copyParentTo:b customerId`,
  ApplicationSid: '',
  Autopilot: '',
  Client: called,
  Conference: `beep:Beep coach endConferenceOnExit:b eventCallbackUrl jitterBufferSize:Jitter maxParticipants:n muted:b participantLabel record:ConferenceRecord region:Region startConferenceOnEnter:b statusCallback statusCallbackMethod:Method statusCallbackEvent:Conference[] waitMethod:Method waitUrl ${recorded} announceCount callerControls callerIdName callerIdNumber comfortNoise deaf:b endConferenceOnLastMemberExit:b energyLevel engine id interval moderatorControls play_entry_prompt:b play_name:b profileName rate voice`,
  Config: 'name value',
  Conversation: `inboundAutocreation:b inboundTimeout:n record:Record routingAssignmentTimeout:n serviceInstanceSid url method:Method statusCallback statusCallbackMethod:Method statusCallbackEvent:Conversation[] ${recorded}`,
  ConversationRelay:
    'backgroundnoisereduction debug deepgramsmartformat dtmfDetection:b elevenlabsTextNormalization events hints ignorebackchannel intelligenceService interruptSensitivity interruptible language partialPrompts:b preemptible:b profanityFilter:b reportInputDuringAgentSpeech speechModel speechtimeout transcriptionLanguage transcriptionProvider ttsLanguage ttsProvider url voice welcomeGreeting welcomeGreetingInterruptible',
  ConversationRelaySession: 'connector sessionConfiguration',
  Device: '',
  Header: 'name value',
  Headers: '',
  Identity: '',
  Language: 'code speechModel transcriptionProvider ttsProvider voice',
  Number: `${called} ${answeringMachine} byoc sendDigits`,
  Parameter: 'name value',
  Recording: `${recorded} channels:Channels track:Side`,
  Room: 'participantIdentity',
  Sim: '',
  Sip: `${called} ${answeringMachine} username password`,
  Siprec: 'connectorName name statusCallback statusCallbackMethod:Method track:Track',
  Stream: 'audioFormat connectorName name sampleRate statusCallback statusCallbackMethod:Method track:Track url',
  Task: 'priority:n timeout:n',
  Transcription:
    'enableAutomaticPunctuation:b hints inboundTrackLabel intelligenceService languageCode name outboundTrackLabel partialResults:b profanityFilter:b speechModel statusCallbackUrl statusCallbackMethod:Method track:Track transcriptionEngine',
  Uri: 'password priority username weight',
  User: '',
  Variable: 'key value',
  VirtualAgent: 'connectorName language sentimentAnalysis:b statusCallback statusCallbackMethod:Method',
  WhatsApp: called,

  break: 'strength:Strength time',
  emphasis: 'level:Level',
  lang: 'xml:lang',
  p: '',
  phoneme: 'alphabet:Alphabet ph',
  prosody: 'pitch rate volume',
  s: '',
  // The SDK writes the format of a date as `role`.
  'say-as': 'interpret-as:SayAs format:Format role:Format',
  sub: 'alias',
  w: 'role',
} as const

const inSpeech = 'break emphasis lang phoneme prosody say-as sub w'

/** Element → the elements that may stand in it. */
const childrenOf: Readonly<Partial<Record<keyof typeof attributesOf, string>>> = {
  Response:
    'Connect Dial Echo Enqueue Gather Hangup Leave Pause Pay Play Prompt Queue Record Redirect Refer Reject Say Set Sms Start Stop',
  Application: 'ApplicationSid Parameter',
  Client: 'Identity Parameter',
  Connect: 'AiSession Autopilot Conversation ConversationRelay ConversationRelaySession Room Stream VirtualAgent',
  ConversationRelay: 'Language Parameter',
  Dial: 'Application Client Conference Device Number Queue Sim Sip User WhatsApp',
  Enqueue: 'Task',
  Gather: 'Pause Play Say',
  Hangup: 'Parameter',
  Headers: 'Header',
  Pay: 'Parameter Prompt',
  Prompt: 'Pause Play Say',
  Redirect: 'Variable',
  Refer: 'Sip',
  Reject: 'Parameter',
  Set: 'Variable',
  Sip: 'Headers Uri',
  Siprec: 'Parameter',
  Start: 'Recording Siprec Stream Transcription',
  Stop: 'Siprec Stream Transcription',
  Stream: 'Parameter',
  Transcription: 'Config Parameter',
  VirtualAgent: 'Config Parameter',

  Say: `${inSpeech} p s`,
  emphasis: inSpeech,
  lang: `${inSpeech} p s`,
  p: `${inSpeech} s`,
  prosody: `${inSpeech} p s`,
  s: inSpeech,
  w: 'break emphasis phoneme prosody say-as sub',
}

const holdText = new Set(
  'Dial Enqueue Play Queue Redirect Say Sms ApplicationSid Autopilot Client Conference Conversation Device Identity Number Room Sim Sip Task Uri User VirtualAgent WhatsApp emphasis lang p phoneme prosody s say-as sub w'.split(
    ' ',
  ),
)

/** The elements of speech, in lower case; all others begin with a capital letter. */
export const isSpeechElement = (name: string): boolean => /^[a-z]/.test(name) && vocabulary.has(name)

export const vocabulary: ReadonlyMap<string, ElementWords> = new Map(
  Object.entries(attributesOf).map(([name, attributes]) => [
    name,
    {
      attributes: new Map(split(attributes).map(readAttribute)),
      children: split((childrenOf as Readonly<Record<string, string>>)[name] ?? ''),
      holdsText: holdText.has(name),
    },
  ]),
)

function split(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

function readAttribute(text: string): [string, Values] {
  const [, name = '', type = '', list = ''] = /^(.+?)(?::([A-Z]\w+|[bn]))?(\[\])?$/.exec(text) ?? []
  if (type === '') return [name, { kind: 'text' }]
  if (type === 'b') return [name, { kind: 'boolean' }]
  if (type === 'n') return [name, { kind: 'number' }]
  const allowed = split((words as Readonly<Record<string, string>>)[type] ?? '')
  return [name, { kind: list === '' ? 'oneOf' : 'listOf', words: allowed }]
}

/** The name that was probably meant: the same letters in another case. */
export function meant(name: string, among: Iterable<string>): string | undefined {
  for (const known of among) if (known.toLowerCase() === name.toLowerCase()) return known
  return undefined
}
