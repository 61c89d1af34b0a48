import type { RemoteInfo, Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { never, within, type Clock } from '../../../base/index.ts'
import { decodeG711 } from '../../../media/index.ts'
import { KeyReceiver, parseRtp, Reception, RtpStream, type RtpPacket } from '../../../rtp/index.ts'
import type { Law, MediaAgreement, MediaStats, Recorded, RecordSettings } from '../media-port.ts'
import { KeySender } from './key-sender.ts'
import { Player } from './player.ts'
import { frameSamples, samplesPerMs, type Report } from './protocol.ts'
import { Recorder } from './recorder.ts'
import type { Ticker, Ticking } from './ticker.ts'

const silenceOf: { readonly [L in Law]: number } = { pcmu: 0xff, pcma: 0xd5 }
/** Comfort noise (RFC 3389): sent by some without being agreed on. */
const comfortNoise = 13

/** Whoever put us on hold may be silent so many times longer. */
const holdFactor = 30
/** How long a recording waits for the disk to take the rest; the call does not end before that. */
const diskMs = 5_000

interface Place {
  readonly address: string
  readonly port: number
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
 *
 * Symmetric RTP: until the first valid packet we send where SDP says. That packet must have an agreed payload type and
 * come from the address that SDP or signalling names; from then on only its exact source counts, so nobody else can
 * speak or redirect the sound. A new agreement starts this over.
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
  #agreement: MediaAgreement | undefined
  #destination: Place | undefined
  #isLatched = false
  #player: Player | undefined
  #keysOut: KeySender | undefined
  #keyBegun = 0
  #recorder: Recorder | undefined
  /** Recordings whose files are being completed. */
  readonly #finishing = new Set<Promise<void>>()
  #lastFrame: number | undefined
  #heardAtMs = 0
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
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    // A packet that cannot be sent is a lost packet; the inactivity of the far end tells when it matters.
    socket.on('error', () => undefined)
  }

  agree(agreement: MediaAgreement): void {
    if (this.#agreement === undefined) this.#ticker.join(this)
    this.#agreement = agreement
    const { address, port } = agreement
    this.#isLatched = false
    this.#destination = isIP(address) !== 0 && port > 0 ? { address, port } : undefined
    this.#heardAtMs = this.#clock.now()
    this.#isInactiveTold = false
  }

  play(job: number, sound: Uint8Array, times: number): void {
    this.#stopPlayer()
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
    this.#recorder = new Recorder(job, settings)
  }

  /** Stops a job that is still going on. */
  stop(job: number): void {
    if (this.#player?.job === job) this.#stopPlayer()
    if (this.#keysOut?.job === job) this.#stopKeys()
    if (this.#recorder?.job === job) this.#endRecording('stopped')
  }

  get stats(): MediaStats {
    const late = this.#lateBefore + (this.#recorder?.late ?? 0)
    return { ...this.#reception.report, late, sent: this.#sent }
  }

  /** Stops everything and frees the port. Resolves when recordings are complete. */
  async close(): Promise<void> {
    this.#ticker.leave(this)
    this.#stopPlayer()
    this.#stopKeys()
    this.#endRecording('closed')
    const closed = new Promise<void>((resolve) => this.#socket.close(resolve))
    await Promise.all([...this.#finishing, closed])
  }

  tick(frame: number, nowMs: number): void {
    const agreement = this.#agreement
    if (agreement === undefined) return
    const passed = this.#lastFrame === undefined ? 1 : frame - this.#lastFrame
    this.#lastFrame = frame
    if (passed > 1) this.#skip(passed - 1)
    this.#speak(agreement)
    this.#stream.pass(frameSamples)
    const endedBy = this.#recorder?.tick(passed)
    if (endedBy !== undefined || this.#recorder?.problem !== undefined) this.#endRecording(endedBy ?? 'stopped')
    this.#watch(agreement, nowMs)
  }

  /** Time was lost: the timestamps go on by the clock, the sound where it was (RFC 3550 section 5.1). */
  #skip(frames: number): void {
    this.#stream.pass(frames * frameSamples)
    this.#stream.pause()
  }

  #speak({ direction, payloadType, law, telephoneEvent }: MediaAgreement): void {
    const to = direction === 'sendrecv' || direction === 'sendonly' ? this.#destination : undefined
    const key = this.#keysOut?.next()
    if (key === 'over') this.#stopKeys('finished')
    else if (key !== undefined && key !== 'audio') {
      if (key.isFirst) this.#keyBegun = this.#stream.timestamp
      if (telephoneEvent !== undefined && to !== undefined) {
        this.#send(this.#stream.event(telephoneEvent, key.report, this.#keyBegun, key.isFirst), to)
        return
      }
    }
    this.#fill(silenceOf[law])
    if (to === undefined) this.#stream.pause()
    else this.#send(this.#stream.audio(payloadType), to)
    if (this.#player?.isOver === true) this.#stopPlayer('finished')
  }

  /** What is played goes on while it cannot be heard (on hold): a prompt takes as long as it takes. */
  #fill(silence: number): void {
    if (this.#player === undefined) this.#stream.frame.fill(silence)
    else this.#player.next(this.#stream.frame, silence)
  }

  #send(packet: Uint8Array, { port, address }: Place): void {
    this.#socket.send(packet, port, address)
    this.#sent++
  }

  #receive(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    const agreement = this.#agreement
    const packet = parseRtp(bytes)
    if (agreement === undefined || packet === undefined) return
    if (!this.#isFarEnd(agreement, packet, withoutMapping(address), port)) return
    const nowMs = this.#clock.now()
    this.#heardAtMs = nowMs
    this.#isInactiveTold = false
    this.#reception.take(packet, nowMs, packet.payloadType !== agreement.telephoneEvent)
    if (agreement.direction === 'sendonly' || agreement.direction === 'inactive') return
    if (packet.payloadType === agreement.telephoneEvent) this.#hearKey(packet)
    else if (packet.payloadType === comfortNoise) this.#recorder?.comfort()
    else this.#recorder?.hear(packet.timestamp, decodeG711(packet.payload, agreement.law))
  }

  #isFarEnd(agreement: MediaAgreement, { payloadType }: RtpPacket, address: string, port: number): boolean {
    const { telephoneEvent } = agreement
    if (payloadType !== agreement.payloadType && payloadType !== telephoneEvent && payloadType !== comfortNoise)
      return false
    if (this.#isLatched) return this.#destination?.address === address && this.#destination.port === port
    if (address !== agreement.address && address !== agreement.signallingAddress) return false
    this.#isLatched = true
    this.#destination = { address, port }
    return true
  }

  #hearKey(packet: RtpPacket): void {
    const found = this.#keysIn.take(packet)
    if (found === undefined) return
    const durationMs = found.durationSamples / samplesPerMs
    this.#report({ is: 'key', leg: this.#leg, key: found.key, durationMs })
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

  #endRecording(endedBy: Recorded['endedBy']): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    this.#recorder = undefined
    this.#lateBefore += recorder.late
    const finishing = this.#finish(recorder, endedBy).finally(() => this.#finishing.delete(finishing))
    this.#finishing.add(finishing)
  }

  async #finish(recorder: Recorder, endedBy: Recorded['endedBy']): Promise<void> {
    const { job } = recorder
    const failed = (problem: string): void => this.#report({ is: 'failed', leg: this.#leg, job, problem })
    const limit = { clock: this.#clock, ms: diskMs, signal: never }
    try {
      const recorded = await within(limit, diskHangs, () => recorder.finish(endedBy))
      if (recorder.problem !== undefined) failed(recorder.problem)
      else this.#report({ is: 'recorded', leg: this.#leg, job, recorded })
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error))
    }
  }
}

const diskHangs = (): Error => new Error('the disk does not answer')

/** A socket of both families shows IPv4 addresses as `::ffff:192.0.2.1`. */
const withoutMapping = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)
