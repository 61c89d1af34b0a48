import type { Leg } from './leg.ts'
import type { Party } from './party.ts'
import type { MediaSource } from './media.ts'
import type { Room } from './room.ts'

/** What a driver can do; the defaults are what a driver without the capability does. */
export interface Capabilities {
  /** Callers hear sound before the answer. Without: play answers first. */
  readonly earlyMedia: boolean
  /** Recordings have a file. Without: {@link Recording.path} is undefined. */
  readonly recordings: boolean
  /** It can call somebody and join two legs. Without: `dial` and `bridge` reject with DIAL_UNSUPPORTED. */
  readonly dialling: boolean
  /** It has rooms for more than two legs. Without: `room` throws ROOM_UNSUPPORTED. */
  readonly rooms: boolean
  /** The far end can be asked to call somebody itself. Without: `refer` rejects with TRANSFER_REFUSED. */
  readonly transfers: boolean
  /** Phones can be told how many messages wait. Without: `tellMessages` does nothing. */
  readonly messageWaiting: boolean
  /** Somebody can listen in on a call. Without: `eavesdrop` rejects with EAVESDROP_UNSUPPORTED. */
  readonly eavesdropping: boolean
}

/** How many voice messages wait for somebody. */
export interface MessagesWaiting {
  readonly newMessages: number
  readonly savedMessages: number
  /** Whom to call to hear them. */
  readonly account?: Party
}

export type DeviceTarget = Extract<Target, { kind: 'device' }>

/** Whom to call. */
export type Target =
  /** All contacts that a device is registered with: the driver forks the call, and the first answer wins. */
  | {
      readonly kind: 'device'
      readonly accountId: string
      readonly deviceId: string
      readonly username: string
      readonly realm: string
      /** The user that the INVITE asks for; without: the one of each contact (KAZOO's `sip.invite_format`). */
      readonly requestUser?: string
    }
  | {
      readonly kind: 'sip'
      /** The Request-URI: `sip:2030@192.0.2.1:5060;transport=tcp`. */
      readonly uri: string
      /** Where to send the call instead of where the URI points. */
      readonly proxy?: string
      /** For a far end that asks who calls. */
      readonly credentials?: { readonly username: string; readonly password: string }
      /** A trunk: it is told who calls even when whoever is called is not to be (RFC 3325 section 7). */
      readonly isTrunk?: boolean
    }

/** How people speak of a target: the user of a device, an address without its scheme. */
export const nameOfTarget = (target: Target): string =>
  target.kind === 'device' ? target.username : target.uri.replace(/^sips?:/i, '').replace(/[;?].*$/s, '')

/** Who is said to call. */
export interface CallerId {
  /** Empty = none. */
  readonly name: string
  /** Empty = anonymous. */
  readonly number: string
  readonly realm: string
  /** The far end is not to be shown it (RFC 3323: `Privacy: id`). */
  readonly isPrivate: boolean
  /** Who a trunk is told has called, in place of the above (P-Asserted-Identity). */
  readonly asserted?: { readonly name: string; readonly number: string; readonly realm: string }
}

export interface DialOptions {
  readonly callerId: CallerId
  /** Custom headers of the call. */
  readonly headers: Readonly<Record<string, string>>
  /** The leg that this one will be bridged with: where the driver keeps sound in several places, they share one. */
  readonly beside?: Leg
  /** Whose transfer this call is: it is named to whoever is called (Referred-By, RFC 3892). */
  readonly transferredBy?: Leg
  /** A callee who sends the call elsewhere (SIP 3xx) has refused it. */
  readonly ignoresRedirects?: boolean
  /** Names of codecs in order of preference; without, the driver's own. */
  readonly codecs?: readonly string[]
  /** Of the sound: `required`, nobody is called without; `optional`, as the far end likes. Without: the driver's own. */
  readonly encryption?: 'optional' | 'required'
}

export interface RoomOptions {
  /** A leg that will be in it: where the driver keeps sound in several places, they share one. */
  readonly beside?: Leg
}

/** Which of two bridged legs ended, and with it the bridge. */
export type BridgeEnd = 'a' | 'b'

export interface BridgeOptions {
  readonly signal: AbortSignal
  /** What the other one hears while `a` or `b` holds, over and over; without, what the holder sends, or silence. */
  readonly holdMusic?: { readonly a?: MediaSource | undefined; readonly b?: MediaSource | undefined }
}

/** Whom a listener speaks to: the leg that is listened to, whoever that talks to, or both. */
export type Whisper = 'nobody' | 'target' | 'other' | 'both'

/** Somebody listens in. */
export interface Eavesdropping {
  /** Takes effect within a frame. At first it is `nobody`. Does nothing when it is over. */
  speaksTo(whom: Whisper): void
}

export interface EavesdropOptions {
  readonly signal: AbortSignal
  /** Called once, when the listener begins to hear. */
  readonly onListening?: (eavesdropping: Eavesdropping) => void
}

/** So many may listen to one leg at once. */
export const mostEavesdroppers = 4

/** A technology that calls arrive by and go out by. */
export interface Driver {
  readonly name: string
  readonly capabilities: Capabilities
  /**
   * Takes calls until `signal` aborts. `onCall` is called once per call, before any of the leg's events; when it throws
   * or the house is full, the driver refuses the call. Resolves when calls can arrive.
   */
  listen(onCall: (leg: Leg) => void, signal: AbortSignal): Promise<void>
  /**
   * Calls `target`. Resolves at once with an `outbound` leg that is `ringing`: what the far end does comes as its events,
   * none of them before the caller of this method can observe it. `leg.ringing`: it is alerted; `leg.early`: it sends
   * sound; `leg.answered`; `leg.ended`: by the `callee` with its refusal's status and cause, by the `network` when it
   * cannot be reached. `hangup` before the answer cancels the call; `answer`, `ring`, `earlyMedia` and `reject` do
   * nothing. The leg's `from` is the caller ID, its `to` and `request` are the target.
   *
   * A far end that sends the call elsewhere (SIP 3xx): a device ends its leg at once, with {@link Hangup.redirectTo}, for
   * whoever dials to decide; from an address the driver goes on to where it is told, as far as calls may go there.
   *
   * @throws DIAL_FULL · DIAL_INSECURE · DIAL_NOT_REGISTERED · DIAL_TARGET_INVALID · DIAL_UNSUPPORTED when it cannot even be tried
   */
  dial(target: Target, options: DialOptions): Promise<Leg>
  /**
   * Joins the sound of two legs of this driver, as far as each can hear and be heard already: an unanswered `a` is given
   * early media, so that it hears an early `b`. Stops what plays or records on either. Digits pass through, and are told
   * of the leg they come from, and kept for `nextDigit`, all the same.
   *
   * A bridge is foreground media of both legs: it rejects with {@link Replaced} when either is played to, recorded or
   * told to answer. It rejects with `signal.reason` when that aborts, and resolves with which leg ended. It never ends
   * a leg; a leg that it has let go hears silence.
   *
   * @throws DIAL_UNSUPPORTED
   */
  bridge(a: Leg, b: Leg, options: BridgeOptions): Promise<BridgeEnd>
  /**
   * Lets `listener` hear what `target` says and hears: prompts, a bridge, a room. Whoever is listened to notices nothing,
   * and is not disturbed; whoever is spoken to hears the listener together with what is heard anyway. At most
   * {@link mostEavesdroppers} listen to one leg; another one hears nothing, as if the target had ended.
   *
   * It is foreground media of the listener only: rejects with {@link Replaced} and `signal.reason` as `bridge` does, and
   * resolves with which leg ended: `a` is the listener. Digits of the listener go nowhere but to `nextDigit`.
   *
   * @throws EAVESDROP_UNSUPPORTED
   */
  eavesdrop(listener: Leg, target: Leg, options: EavesdropOptions): Promise<BridgeEnd>
  /**
   * Tells all phones of a device how many messages wait: a lamp, a stutter tone. Resolves when they are on their way; does
   * nothing for a device that is nowhere. A phone that asks later hears what was told last.
   */
  tellMessages(device: DeviceTarget, waiting: MessagesWaiting): Promise<void>
  /**
   * Opens a room, which stays until it is closed, also when nobody is in it.
   *
   * @throws ROOM_UNSUPPORTED
   */
  room(options?: RoomOptions): Room
}

/** The part of a driver that reaches other parties: what actions and verbs are given. */
export type Calling = Pick<Driver, 'capabilities' | 'dial' | 'bridge' | 'eavesdrop' | 'room' | 'tellMessages'>
