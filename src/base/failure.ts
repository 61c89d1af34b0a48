/** Who can mend it: decides log level, retry and whom to tell. */
export type Fault = 'caller' | 'webhook' | 'document' | 'operator' | 'network' | 'us'

interface Where {
  /** JSON path or `line:column` of what is wrong. */
  readonly at: string
  readonly problem: string
}

/** The details that belong to each code. Add a line here and the compiler asks for its entry in {@link failures}. */
export interface FailureDetails {
  API_FORBIDDEN: { need: string }
  API_INVALID: { problems: readonly (Where & { readonly rule: string; readonly value?: unknown })[] }
  API_NOT_FOUND: { what: string }
  API_PRECONDITION: { revision: string }
  API_TIMEOUT: { timeoutMs: number }
  API_TOO_MANY: { most: number; retryAfterMs: number }
  API_UNAUTHENTICATED: { problem: string }
  CALL_ALONE: { callId: string }
  CALL_GONE: { callId: string }
  CALL_NOT_UNANSWERED: { callId: string; state: string }
  CONFERENCE_FULL: { conference: string; mostParticipants: number }
  CONFERENCE_LOCKED: { conference: string }
  CONFIG_INVALID: Where
  DATABASE_IN_USE: { path: string }
  DATABASE_TOO_NEW: { schema: string }
  DATABASE_UNAVAILABLE: { problem: string }
  DIAL_FULL: { mostCalls: number }
  DIAL_INSECURE: { problem: string }
  DIAL_NOT_REGISTERED: { username: string; realm: string }
  DIAL_TARGET_INVALID: { uri: string; problem: string }
  DIAL_UNSUPPORTED: { driver: string }
  DOCUMENT_CONFLICT: { collection: string; id: string; revision: string }
  DOCUMENT_EXISTS: { collection: string; id: string }
  DOCUMENT_INVALID: { file: string } & Where
  DOCUMENT_NOT_FOUND: { collection: string; id: string }
  EAVESDROP_UNSUPPORTED: { driver: string }
  FILE_UNAVAILABLE: { key: string; problem: string }
  FLOW_ENDLESS: { mostNodes: number }
  FLOW_INVALID: { problems: readonly Where[] }
  FLOW_TOO_MANY_BRANCHES: { mostBranches: number }
  HTTP_BODY_TOO_LARGE: { url: string; mostBytes: number }
  HTTP_CONNECT: { url: string; reason: string }
  HTTP_DNS: { url: string; host: string }
  HTTP_ENCODING: { url: string; encoding: string }
  HTTP_FORBIDDEN_ADDRESS: { url: string; address: string }
  HTTP_PROTOCOL: { url: string; reason: string }
  HTTP_REDIRECTS: { url: string; mostRedirects: number }
  HTTP_RESET: { url: string }
  HTTP_STATUS: { url: string; status: number }
  HTTP_TIMEOUT: { url: string; timeoutMs: number; stage: string }
  HTTP_TLS: { url: string; reason: string }
  HTTP_URL_INVALID: { url: string; problem: string }
  MEDIA_DECODE: { source: string; problem: string }
  MEDIA_NOT_FOUND: { source: string }
  MEDIA_TOO_LONG: { source: string; mostMs: number }
  MEDIA_UNAVAILABLE: { source: string; reason: string }
  NUMBER_PATTERN_INVALID: { pattern: string; problem: string }
  PIVOT_BODY_EMPTY: { url: string; status: number }
  PIVOT_CHARSET: { url: string; charset: string }
  PIVOT_CONTENT_TYPE: { url: string; contentType: string }
  PIVOT_JSON_INVALID: { url: string } & Where
  PIVOT_TOO_MANY_DOCUMENTS: { mostDocuments: number }
  RECORDING_FAILED: { problem: string }
  ROOM_UNSUPPORTED: { driver: string }
  RTP_PORTS_EXHAUSTED: { first: number; last: number }
  REPLAY_INVALID: { file: string } & Where
  SIP_DNS_TIMEOUT: { host: string; timeoutMs: number }
  SIP_MALFORMED: { problem: string }
  SPEECH_FAILED: { provider: string; problem: string }
  SPEECH_UNAVAILABLE: { language: string }
  TRANSFER_REFUSED: { sipStatus: number }
  TRANSFER_TIMEOUT: { target: string }
  TRANSCRIPT_INVALID: { line: number; problem: string }
  TWIML_INVALID: { url: string; twilioCode: number } & Where
  TWIML_TOO_LARGE: { url: string; mostBytes: number }
  UNNAMED: { problem: string }
}

export type FailureCode = keyof FailureDetails

/** Codes are public: they appear in the API, logs and docs/reference/failures.md. Never renamed, never reused. */
export const failures: { readonly [C in FailureCode]: { readonly fault: Fault; readonly summary: string } } = {
  API_FORBIDDEN: { fault: 'operator', summary: 'The token does not allow this.' },
  API_INVALID: { fault: 'document', summary: 'What was sent to the API is not as it must be.' },
  API_NOT_FOUND: { fault: 'document', summary: 'The API has nothing of this name.' },
  API_PRECONDITION: { fault: 'document', summary: 'The document is another one by now than If-Match says.' },
  API_TIMEOUT: { fault: 'us', summary: 'The API could not answer in time.' },
  API_TOO_MANY: { fault: 'operator', summary: 'The API was asked more often than one may.' },
  API_UNAUTHENTICATED: { fault: 'operator', summary: 'The API was asked without a token that it knows.' },
  CALL_ALONE: {
    fault: 'document',
    summary: 'The call talks with nobody, rings for nobody and does not wait for anybody.',
  },
  CALL_GONE: { fault: 'caller', summary: 'The call ended before this could happen.' },
  CALL_NOT_UNANSWERED: { fault: 'document', summary: 'This can only be done before the call is answered.' },
  CONFERENCE_FULL: { fault: 'caller', summary: 'The conference has as many participants as it may have.' },
  CONFERENCE_LOCKED: { fault: 'caller', summary: 'The conference takes nobody in any more.' },
  CONFIG_INVALID: { fault: 'operator', summary: 'A setting cannot be used as it is.' },
  DATABASE_IN_USE: { fault: 'operator', summary: 'Another process uses this database.' },
  DATABASE_TOO_NEW: { fault: 'operator', summary: 'A newer version of Pivot has written this database.' },
  DATABASE_UNAVAILABLE: { fault: 'operator', summary: 'The database cannot be used.' },
  DIAL_FULL: { fault: 'operator', summary: 'There are as many legs as there may be: nobody else can be called.' },
  DIAL_INSECURE: {
    fault: 'operator',
    summary: 'The sound has to be encrypted, and cannot be: SRTP is off, or its keys would be sent in clear.',
  },
  DIAL_NOT_REGISTERED: { fault: 'caller', summary: 'The device that was to be called is not registered.' },
  DIAL_TARGET_INVALID: { fault: 'document', summary: 'This is no SIP address that can be called.' },
  DIAL_UNSUPPORTED: { fault: 'operator', summary: 'The driver cannot call anybody or join two legs.' },
  DOCUMENT_CONFLICT: { fault: 'document', summary: 'The document has been changed by somebody else.' },
  DOCUMENT_EXISTS: { fault: 'document', summary: 'There is a document of this id already.' },
  DOCUMENT_INVALID: { fault: 'document', summary: 'A document does not fit its schema.' },
  DOCUMENT_NOT_FOUND: { fault: 'document', summary: 'A document that is referred to does not exist.' },
  EAVESDROP_UNSUPPORTED: { fault: 'operator', summary: 'The driver cannot let anybody listen in on a call.' },
  FILE_UNAVAILABLE: { fault: 'operator', summary: 'A stored file cannot be read or written.' },
  FLOW_ENDLESS: { fault: 'document', summary: 'The call visited more nodes than a call may.' },
  FLOW_INVALID: { fault: 'webhook', summary: 'The callflow does not fit the schemas of its actions.' },
  FLOW_TOO_MANY_BRANCHES: { fault: 'document', summary: 'Callflows branched into each other too deeply.' },
  HTTP_BODY_TOO_LARGE: { fault: 'webhook', summary: 'The body of the answer is larger than allowed.' },
  HTTP_CONNECT: { fault: 'webhook', summary: 'The web server could not be reached.' },
  HTTP_DNS: { fault: 'webhook', summary: 'The name of the web server could not be resolved.' },
  HTTP_ENCODING: { fault: 'webhook', summary: 'The content encoding of the answer cannot be undone.' },
  HTTP_FORBIDDEN_ADDRESS: { fault: 'operator', summary: 'The egress rules forbid this address.' },
  HTTP_PROTOCOL: { fault: 'webhook', summary: 'The answer of the web server is not HTTP as it should be.' },
  HTTP_REDIRECTS: { fault: 'webhook', summary: 'The web server redirected too often.' },
  HTTP_RESET: { fault: 'webhook', summary: 'The web server closed the connection before it had answered.' },
  HTTP_STATUS: { fault: 'webhook', summary: 'The web server answered with an error status.' },
  HTTP_TIMEOUT: { fault: 'webhook', summary: 'The web server did not answer in time.' },
  HTTP_TLS: { fault: 'webhook', summary: 'The TLS connection could not be trusted or made.' },
  HTTP_URL_INVALID: { fault: 'document', summary: 'This is not an http or https URL.' },
  MEDIA_DECODE: { fault: 'document', summary: 'The media cannot be decoded.' },
  MEDIA_NOT_FOUND: { fault: 'document', summary: 'The media does not exist.' },
  MEDIA_TOO_LONG: { fault: 'document', summary: 'The media is longer than allowed.' },
  MEDIA_UNAVAILABLE: { fault: 'network', summary: 'The media could not be fetched.' },
  NUMBER_PATTERN_INVALID: { fault: 'document', summary: 'A pattern of a callflow is not a regular expression we run.' },
  PIVOT_BODY_EMPTY: { fault: 'webhook', summary: 'The web server answered without a body.' },
  PIVOT_CHARSET: { fault: 'webhook', summary: 'The answer is not text in the character set it claims.' },
  PIVOT_CONTENT_TYPE: { fault: 'webhook', summary: 'The content type of the answer is not known.' },
  PIVOT_JSON_INVALID: { fault: 'webhook', summary: 'The answer is not JSON.' },
  PIVOT_TOO_MANY_DOCUMENTS: { fault: 'webhook', summary: 'The call asked for more documents than a call may.' },
  RECORDING_FAILED: { fault: 'us', summary: 'The recording could not be written.' },
  ROOM_UNSUPPORTED: { fault: 'operator', summary: 'The driver has no rooms for more than two legs.' },
  RTP_PORTS_EXHAUSTED: { fault: 'operator', summary: 'No port for media is free.' },
  REPLAY_INVALID: { fault: 'document', summary: 'A line of the debug log cannot be read.' },
  SIP_DNS_TIMEOUT: { fault: 'network', summary: 'The DNS did not say in time where a SIP address leads.' },
  SIP_MALFORMED: { fault: 'network', summary: 'A SIP message is not as RFC 3261 wants it.' },
  SPEECH_FAILED: { fault: 'us', summary: 'A speech provider failed.' },
  SPEECH_UNAVAILABLE: { fault: 'operator', summary: 'No speech provider speaks this language.' },
  TRANSFER_REFUSED: { fault: 'caller', summary: 'The far end does not want to call somebody else.' },
  TRANSFER_TIMEOUT: { fault: 'network', summary: 'The far end did not say what became of the transfer.' },
  TRANSCRIPT_INVALID: { fault: 'document', summary: 'A line of the transcript cannot be read.' },
  TWIML_INVALID: { fault: 'webhook', summary: 'The answer is not a TwiML document.' },
  TWIML_TOO_LARGE: { fault: 'webhook', summary: 'The TwiML document is larger than allowed.' },
  UNNAMED: { fault: 'us', summary: 'An error without a name: a defect of Pivot.' },
}

/** Anything that went wrong by name. Match on `code`, never on text; always keep the `cause`. */
export class Failure<C extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure'
  readonly code: C
  readonly details: FailureDetails[C]

  constructor(code: C, details: FailureDetails[C], options?: ErrorOptions) {
    super(`${failures[code].summary} ${JSON.stringify(details)}`, options)
    this.code = code
    this.details = details
  }

  get fault(): Fault {
    return failures[this.code].fault
  }
}

/** Is this a {@link Failure}, and of `code` when one is given? */
export function isFailure<C extends FailureCode>(error: unknown, code?: C): error is Failure<C> {
  return error instanceof Failure && (code === undefined || (error.code as FailureCode) === code)
}

/** The failure that `error` is, or UNNAMED around it. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error as Failure
  return new Failure('UNNAMED', { problem: error instanceof Error ? error.message : String(error) }, { cause: error })
}
