import type { RemoteInfo, Socket } from 'node:dgram'
import type { Clock } from '../../../base/index.ts'
import { decodeG711, encodeG711, writeDtmf } from '../../../media/index.ts'
import {
  isRtcp,
  KeyReceiver,
  keyOfEvent,
  parseRtp,
  Reception,
  rtpHeaderBytes,
  RtpStream,
  type RtpPacket,
} from '../../../rtp/index.ts'
import type { Law, MediaAgreement, MediaStats, Recorded, RecordSettings } from '../media-port.ts'
import { comfortNoise, FarEnd, type Place } from './far-end.ts'
import { KeySender, type KeyReport } from './key-sender.ts'
import { Player } from './player.ts'
import { frameSamples, samplesPerMs, type Report } from './protocol.ts'
import { Recorder } from './recorder.ts'
import { Recordings } from './recordings.ts'
import { Reports } from './reports.ts'
import { Secrecy } from './secrecy.ts'
import type { Talk } from './talk.ts'
import { Taps } from './taps.ts'
import type { Ticker, Ticking } from './ticker.ts'

const silenceOf: { readonly [L in Law]: number } = { pcmu: 0xff, pcma: 0xd5 }

/** Whoever put us on hold may be silent so many times longer. */
const holdFactor = 30

/** One tick. */
interface Moment {
  readonly frame: number
  readonly passed: number
  readonly nowMs: number
}

export interface LegSoundOptions {
  readonly leg: number
  readonly socket: Socket
  readonly clock: Clock
  readonly ticker: Ticker
  /** Silence of the far end longer than this is told, once; 0 = never. */
  readonly inactivityMs: number
  readonly report: (report: Report) => void
}

/**
 * The sound of one leg, in the thread that carries it: sends a frame every 20 ms while the far end wants to hear us
 * (silence when there is nothing else, so that NAT bindings and far jitter buffers stay warm), and takes in what comes.
 */
export class LegSound implements Ticking {
  readonly #leg: number
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #ticker: Ticker
  readonly #inactivityMs: number
  readonly #report: (report: Report) => void
  readonly #stream = new RtpStream(frameSamples)
  readonly #reception = new Reception()
  readonly #keysIn = new KeyReceiver()
  readonly #farEnd = new FarEnd()
  readonly #secrecy = new Secrecy()
  readonly #reports: Reports
  readonly #recordings: Recordings
  /** Recordings of the call, and who listens to it. */
  readonly taps: Taps
  /** What came in one packet, until the next. */
  readonly #heard = new Int16Array(frameSamples)
  readonly #tone = new Int16Array(frameSamples)
  readonly #aloud = new Int16Array(frameSamples)
  #agreement: MediaAgreement | undefined
  #player: Player | undefined
  #talk: Talk | undefined
  #keysOut: KeySender | undefined
  #keyBegun = 0
  #recorder: Recorder | undefined
  #lastFrame: number | undefined
  #heardAtMs = 0
  /** The timestamp after the last that was told to the other party. */
  #toldUntil = 0
  #isInactiveTold = false
  #sent = 0
  #lateBefore = 0

  constructor({ leg, socket, clock, ticker, inactivityMs, report }: LegSoundOptions) {
    this.#leg = leg
    this.#socket = socket
    this.#clock = clock
    this.#ticker = ticker
    this.#inactivityMs = inactivityMs
    this.#report = report
    this.#recordings = new Recordings(leg, clock, report)
    this.taps = new Taps(leg, this.#recordings, report)
    this.#reports = new Reports({
      socket,
      clock,
      stream: this.#stream,
      reception: this.#reception,
      farEnd: this.#farEnd,
      secrecy: this.#secrecy,
      heard: () => this.#heardReport(),
    })
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    // A packet that cannot be sent is a lost packet; the inactivity of the far end tells when it matters.
    socket.on('error', () => undefined)
  }

  agree(agreement: MediaAgreement): void {
    if (this.#agreement === undefined) this.#ticker.join(this)
    this.#agreement = agreement
    this.#farEnd.agree(agreement)
    if (this.#secrecy.agree(agreement)) this.#stream.restart()
    this.#reports.agree(agreement)
    this.#heardAtMs = this.#clock.now()
    this.#isInactiveTold = false
    this.#talk?.mouth.hold(isHeld(agreement))
  }

  play(job: number, sound: Uint8Array, times: number): void {
    this.#stopPlayer()
    this.#endTalk()
    this.#player = new Player(job, sound, times)
  }

  swap(job: number, sound: Uint8Array): void {
    if (this.#player?.job === job) this.#player.swap(sound)
  }

  press(job: number, keys: string, durationMs: number): void {
    this.#stopKeys()
    this.#keysOut = new KeySender(job, keys, durationMs)
  }

  record(job: number, settings: RecordSettings): void {
    this.#endRecording('stopped')
    this.#endTalk()
    this.#recorder = new Recorder(job, settings)
  }

  /** Takes part in a conversation instead of hearing or being recorded. */
  talk(talk: Talk): void {
    this.#stopPlayer()
    this.#endRecording('stopped')
    this.#endTalk()
    this.#talk = talk
    if (this.#agreement !== undefined) talk.mouth.hold(isHeld(this.#agreement))
  }

  /** Another leg of a conversation is heard with this music from now on while it holds. */
  music(job: number, samples: Int16Array): void {
    if (this.#talk?.job === job) this.#talk.music?.(samples)
  }

  /** Stops a job that is still going on. */
  stop(job: number): void {
    if (this.#player?.job === job) this.#stopPlayer()
    if (this.#talk?.job === job) this.#endTalk()
    if (this.#keysOut?.job === job) this.#stopKeys()
    if (this.#recorder?.job === job) this.#endRecording('stopped')
    this.taps.stop(job)
  }

  get stats(): MediaStats {
    const late = this.#lateBefore + (this.#recorder?.late ?? 0)
    const { isOn: isEncrypted, rejected } = this.#secrecy
    return { ...this.#reception.report, late, sent: this.#sent, isEncrypted, rejected, ...this.#reports.stats }
  }

  /** Stops everything and frees the port. Resolves when recordings are complete. */
  async close(): Promise<void> {
    this.#ticker.leave(this)
    this.#stopPlayer()
    this.#endTalk()
    this.#stopKeys()
    this.#endRecording('closed')
    this.taps.close()
    this.#reports.close()
    const closed = new Promise<void>((resolve) => this.#socket.close(resolve))
    await Promise.all([this.#recordings.complete(), closed])
  }

  tick(frame: number, nowMs: number): void {
    const agreement = this.#agreement
    if (agreement === undefined) return
    const passed = this.#lastFrame === undefined ? 1 : frame - this.#lastFrame
    this.#lastFrame = frame
    if (passed > 1) this.#skip(passed - 1)
    this.#speak(agreement, { frame, passed, nowMs })
    this.#stream.pass(frameSamples)
    const endedBy = this.#recorder?.tick(passed)
    if (endedBy !== undefined || this.#recorder?.problem !== undefined) this.#endRecording(endedBy ?? 'stopped')
    this.#watch(agreement, nowMs)
    this.#reports.tick(nowMs)
  }

  /** Time was lost: the timestamps go on by the clock, the sound where it was (RFC 3550 section 5.1). */
  #skip(frames: number): void {
    this.#stream.pass(frames * frameSamples)
    this.#stream.pause()
  }

  #speak({ direction, payloadType, law, telephoneEvent }: MediaAgreement, now: Moment): void {
    const to = direction === 'sendrecv' || direction === 'sendonly' ? this.#farEnd.destination : undefined
    const key = this.#nextKey()
    if (key?.isFirst === true) this.#keyBegun = this.#stream.timestamp
    const isEvent = key !== undefined && telephoneEvent !== undefined && to !== undefined
    // A prompt waits for the key. People do not wait: what they say meanwhile is gone.
    if (!isEvent || this.#talk !== undefined) this.#fill(law)
    if (isEvent) {
      this.#tap(now, law, undefined)
      this.#send(this.#stream.event(telephoneEvent, key.report, this.#keyBegun, key.isFirst), to)
      return
    }
    if (key !== undefined) this.#sing(key, law)
    this.#tap(now, law, to === undefined ? undefined : this.#stream.frame)
    if (to === undefined) this.#stream.pause()
    else this.#send(this.#stream.audio(payloadType), to)
    if (this.#player?.isOver === true) this.#stopPlayer('finished')
  }

  /** Lets those who listen have what is about to be sent; what they say to either side is heard with it. */
  #tap({ frame, passed, nowMs }: Moment, law: Law, sent: Uint8Array | undefined): void {
    this.taps.tick({ frame, passed, nowMs, sent, law })
    if (!this.taps.speaksForLeg) return
    this.taps.sayTo(this.#aloud)
    this.#talk?.mouth.hear(this.#toldUntil, this.#aloud)
    this.#toldUntil = (this.#toldUntil + passed * frameSamples) >>> 0
  }

  /** The key that is to be sent now: ours, or one that the other side of a bridge presses. */
  #nextKey(): KeyReport | undefined {
    const key = this.#keysOut?.next()
    if (key === 'over') this.#stopKeys('finished')
    else if (key !== undefined) return key === 'audio' ? undefined : key
    const across = this.#talk?.nextKey()
    return across === undefined || across === 'audio' || across === 'over' ? undefined : across
  }

  /** What is played goes on while it cannot be heard (on hold): a prompt takes as long as it takes. */
  #fill(law: Law): void {
    const silence = silenceOf[law]
    const { frame } = this.#stream
    if (this.#player !== undefined) this.#player.next(frame, silence)
    else if (this.#talk?.next(frame, law) !== true) frame.fill(silence)
  }

  /** A key as its tone, for who has not agreed on telephone-events. */
  #sing({ report, isRepeat }: KeyReport, law: Law): void {
    if (isRepeat) this.#tone.fill(0)
    else writeDtmf(this.#tone, keyOfEvent(report.event) ?? '', report.duration - frameSamples)
    encodeG711(this.#tone, law, this.#stream.frame)
  }

  #send(packet: Uint8Array, { port, address }: Place): void {
    this.#socket.send(this.#secrecy.seal(packet), port, address)
    this.#reports.sent(packet.length - rtpHeaderBytes)
    this.#sent++
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const agreement = this.#agreement
    if (agreement === undefined) return
    if (isRtcp(bytes)) {
      this.#reports.take(bytes, from)
      return
    }
    const said = this.#secrecy.open(bytes)
    const packet = said === undefined ? undefined : parseRtp(said)
    if (packet === undefined || !this.#farEnd.speaks(agreement, packet, from)) return
    const nowMs = this.#clock.now()
    this.#heardAtMs = nowMs
    this.#isInactiveTold = false
    this.#reception.take(packet, nowMs, packet.payloadType !== agreement.telephoneEvent)
    if (agreement.direction === 'sendonly' || agreement.direction === 'inactive') return
    if (packet.payloadType === agreement.telephoneEvent) this.#hearKey(packet)
    else if (packet.payloadType === comfortNoise) this.#recorder?.comfort()
    else this.#hear(packet, agreement.law, nowMs)
  }

  /** While somebody holds, it is a sign of life. While both should send, it is not: sound is what the call is for. */
  #heardReport(): void {
    if (this.#agreement?.direction === 'sendrecv') return
    this.#heardAtMs = this.#clock.now()
    this.#isInactiveTold = false
  }

  #hear({ timestamp, payload }: RtpPacket, law: Law, nowMs: number): void {
    if (this.#recorder === undefined && this.#talk === undefined && this.taps.isEmpty) return
    const isFrame = payload.length === frameSamples
    const samples = isFrame ? decodeG711(payload, law, this.#heard) : decodeG711(payload, law)
    this.#recorder?.hear(timestamp, samples)
    this.taps.hear(timestamp, samples, nowMs)
    if (this.taps.speaksForLeg) return
    this.#talk?.mouth.hear(timestamp, samples)
    this.#toldUntil = (timestamp + samples.length) >>> 0
  }

  #hearKey(packet: RtpPacket): void {
    const heard = this.#keysIn.take(packet)
    if (heard === undefined) return
    const durationMs = heard.durationSamples / samplesPerMs
    if (heard.isNew) this.#report({ is: 'key', leg: this.#leg, key: heard.key, durationMs })
    this.#talk?.mouth.key(heard)
  }

  #watch({ direction }: MediaAgreement, nowMs: number): void {
    if (this.#inactivityMs === 0 || this.#isInactiveTold) return
    const limitMs = direction === 'sendrecv' ? this.#inactivityMs : this.#inactivityMs * holdFactor
    if (nowMs - this.#heardAtMs < limitMs) return
    this.#isInactiveTold = true
    this.#report({ is: 'inactive', leg: this.#leg })
  }

  #stopPlayer(how: 'finished' | 'stopped' = 'stopped'): void {
    if (this.#player === undefined) return
    const { job } = this.#player
    this.#player = undefined
    this.#report({ is: 'over', leg: this.#leg, job, how })
  }

  #stopKeys(how: 'finished' | 'stopped' = 'stopped'): void {
    if (this.#keysOut === undefined) return
    const { job } = this.#keysOut
    this.#keysOut = undefined
    this.#report({ is: 'over', leg: this.#leg, job, how })
  }

  #endTalk(): void {
    const talk = this.#talk
    if (talk === undefined) return
    this.#talk = undefined
    talk.mouth.close()
    this.#report({ is: 'over', leg: this.#leg, job: talk.job, how: 'stopped' })
  }

  #endRecording(endedBy: Recorded['endedBy']): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    this.#recorder = undefined
    this.#lateBefore += recorder.late
    this.#recordings.end(recorder, endedBy)
  }
}

/** The far end sends nothing, or music: it does not hear us. */
const isHeld = ({ direction }: MediaAgreement): boolean => direction === 'recvonly' || direction === 'inactive'
