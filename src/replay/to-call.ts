import { durations } from '../drivers/simulator/index.ts'
import { lineOf } from '../transcript/index.ts'
import { mediaName, type RecordedMedia, type RecordedOf } from './event.ts'
import { bodyOf, exchangesOf, type Exchange } from './exchanges.ts'
import { descriptionOf, eventsOf, invalid, type Line, type RecordedCall } from './log.ts'
import { setupOf } from './setup.ts'

/**
 * A recorded call as a `.call` transcript: what the caller and the web servers did, and what is expected because it
 * happened then.
 *
 * @param digits what the caller pressed, where the log hides it
 * @throws REPLAY_INVALID when the log does not hold what is needed
 */
export function toTranscript(call: RecordedCall, digits = ''): string {
  const { callId, arrivedAt } = descriptionOf(call)
  const date = new Date(arrivedAt).toISOString()
  const said = new Writer(call, digits).write()
  return [`# Call ${callId} of ${date.slice(0, 10)}, as it was recorded.`, ...worldOf(call), ...said, ''].join('\n')
}

function worldOf(call: RecordedCall): readonly string[] {
  const { startMs, account, documents, headers } = setupOf(call)
  return [
    lineOf({ who: 'clock', what: new Date(startMs).toISOString() }),
    lineOf({ who: 'account', what: JSON.stringify(account) }),
    ...documents.map(({ collection, document }) =>
      lineOf({ who: 'document', what: `${collection} ${withoutUsers(JSON.stringify(document))}` }),
    ),
    ...Object.entries(headers).map(([name, value]) => lineOf({ who: 'headers', what: `${name}: ${value}` })),
    ...mediaLines(call),
  ]
}

/** Passwords are not in logs, and a scripted web server wants none. */
const withoutUsers = (json: string): string => json.replaceAll('://***@', '://')

/** How long media lasted, where that is not what the simulated caller expects anyway. */
function mediaLines({ lines }: RecordedCall): readonly string[] {
  const usual = durations()
  const known = new Map<string, string>()
  const startedAt = new Map<string, number>()
  for (const { event } of lines) {
    if (event.type === 'media.started') startedAt.set(mediaName(event.media), event.atMs)
    if (event.type !== 'media.ended' && event.type !== 'media.failed') continue
    const name = mediaName(event.media)
    if (known.has(name) || (!name.startsWith('"') && /\s/.test(name))) continue
    const ms = event.atMs - (startedAt.get(name) ?? event.atMs)
    const usualMs = usual(sourceOf(event.media))
    if (event.type === 'media.failed') known.set(name, 'missing')
    // What was repeated lasted a multiple.
    else if (event.how === 'finished') known.set(name, ms % usualMs === 0 ? '' : `${ms} ms`)
    else if (ms >= usualMs) known.set(name, `${ms + longerMs} ms`)
  }
  return [...known].flatMap(([name, length]) =>
    length === '' ? [] : [lineOf({ who: 'media', what: `${name} ${length}` })],
  )
}

/** What was stopped would have gone on for so long. */
const longerMs = 1_000

const sourceOf = (media: RecordedMedia) => (media.kind === 'recording' ? { ...media, id: '', path: undefined } : media)

/** Writes the lines of the call itself. */
class Writer {
  readonly #call: RecordedCall
  readonly #exchanges: Exchange[]
  readonly #digits: string[]
  readonly #written: string[] = []
  #lastAt = 0
  #isAnswered = false

  constructor(call: RecordedCall, digits: string) {
    this.#call = call
    this.#digits = Array.from(digits)
    this.#exchanges = [...exchangesOf(call)]
  }

  write(): readonly string[] {
    const { request, from, isAuthorized } = descriptionOf(this.#call)
    const name = from.name === undefined || from.name === '' ? '' : `${JSON.stringify(from.name)} `
    const stranger = isAuthorized ? '' : ' as a stranger'
    this.#say('caller', `dials ${request.user} from ${name}${from.user || 'anonymous'}${stranger}`, 0)
    for (const line of this.#call.lines) this.#line(line)
    return this.#written
  }

  #line(line: Line): void {
    const { event } = line
    switch (event.type) {
      case 'leg.answered':
        this.#isAnswered = true
        this.#say('server', 'answers', event.atMs)
        break
      case 'leg.ended':
        this.#end(event)
        break
      case 'digit.received':
        this.#press(line, event)
        break
      case 'digits.sent':
        this.#say('server', `sends digits ${event.digits}`, event.atMs)
        break
      case 'media.started':
        if (event.media.kind !== 'silence') this.#say('caller', `hears ${mediaName(event.media)}`, event.atMs)
        break
      case 'recording.started':
        this.#say('server', 'records', event.atMs)
        this.#speak(event)
        break
      case 'call-recording.started':
        this.#say('server', 'records the call', event.atMs)
        break
      case 'call-recording.masked':
        this.#say('server', `${event.isMasked ? 'masks' : 'unmasks'} the recording`, event.atMs)
        break
      case 'pivot.asked':
        this.#exchange(line)
        break
      default:
    }
  }

  #end({ by, cause, sipStatus, atMs }: RecordedOf<'leg.ended'>): void {
    if (by !== 'server') this.#input('hangs up', atMs)
    else this.#say('server', this.#isAnswered ? `hangs up ${cause}` : `rejects ${sipStatus}`, atMs)
  }

  #press({ line }: Line, { digit, isHidden = false, atMs }: RecordedOf<'digit.received'>): void {
    const pressed = isHidden ? this.#digits.shift() : digit
    if (pressed === undefined) {
      throw invalid(
        this.#call.file,
        String(line),
        'which key was pressed is hidden: say with --digits what was pressed',
      )
    }
    const last = this.#written.at(-1) ?? ''
    const isMore = last.startsWith('caller   presses') && atMs === this.#lastAt
    if (isMore) this.#written.splice(-1, 1, last + pressed)
    else this.#input(`presses ${pressed}`, atMs)
  }

  /** The caller spoke until the silence that ended the recording, or until whatever else did. */
  #speak({ sequence, atMs, silenceMs = 0 }: RecordedOf<'recording.started'>): void {
    const ended = eventsOf(this.#call, 'recording.ended').find(({ event }) => event.sequence > sequence)?.event
    if (ended === undefined) return
    const { durationMs, endedBy, hadSpeech = durationMs > 0 } = ended
    const ms = ended.atMs - atMs - (endedBy === 'silence' ? silenceMs : 0)
    if (!hadSpeech || ms <= 0) return
    this.#say('caller', `speaks ${ms} ms`, atMs + ms)
  }

  #exchange({ event }: Line): void {
    const exchange = this.#exchanges.shift()
    if (event.type !== 'pivot.asked') return
    this.#say('webhook', `is asked ${event.method} ${event.url}`, event.atMs)
    this.#written.push(lineOf({ who: 'webhook', what: answerOf(exchange) }))
  }

  #input(what: string, atMs: number): void {
    const waitMs = Math.round(atMs - this.#lastAt)
    if (waitMs > 0) this.#written.push(lineOf({ who: 'after', what: `${waitMs} ms` }))
    this.#say('caller', what, atMs)
  }

  #say(who: string, what: string, atMs: number): void {
    this.#written.push(lineOf({ who, what }))
    this.#lastAt = atMs
  }
}

const unable: Readonly<Record<string, string>> = {
  HTTP_TIMEOUT: 'is silent',
  HTTP_RESET: 'resets',
  HTTP_DNS: 'cannot be resolved',
}

/** What a web server did, as a transcript says it. */
function answerOf(exchange: Exchange | undefined): string {
  const { outcome, record, asked } = exchange ?? {}
  const status = record?.resp_status_code
  if (record === undefined || status === undefined || outcome === undefined || asked === undefined) {
    return outcome?.type === 'pivot.failed' ? (unable[outcome.code] ?? 'refuses') : 'is silent'
  }
  const body = Buffer.from(bodyOf(record) ?? record.resp_body ?? '').toString()
  const type = typeOf(record.resp_headers?.['content-type'])
  const tookMs = Math.round(outcome.atMs - asked.atMs)
  const after = tookMs > 0 ? `after ${tookMs} ms` : ''
  return ['says', status, type, bodyText(body, type), after].filter((part) => part !== '').join(' ')
}

const typeOf = (header = ''): string => /^[a-z]+\/[\w.+-]+(?:;\s*[\w-]+="?[\w-]+"?)*$/i.exec(header)?.[0] ?? ''

/** JSON on one line; anything else as it is, or quoted where it would be read as something else. */
function bodyText(body: string, type: string): string {
  if (/json/.test(type)) {
    try {
      return JSON.stringify(JSON.parse(body))
    } catch {
      return body.replaceAll(/\s+/g, ' ').trim() // Not JSON, and spread over lines or not it stays so.
    }
  }
  const isPlain = /^[<{][^\n]*[>}]$/.test(body)
  return isPlain || body === '' ? body : JSON.stringify(body)
}
