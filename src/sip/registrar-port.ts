import type { FailureLimits } from './digest-failures.ts'
import type { Flow } from './session.ts'

/** A phone that may register and call, once it has proved its password. */
export interface Phone {
  readonly accountId: string
  readonly deviceId: string
  /** The realm of its account. */
  readonly realm: string
  /** As it authenticates, in lower case. */
  readonly username: string
  readonly password: string
  /** How long its registrations last when it does not say, in seconds. */
  readonly expirySeconds: number
}

export interface PhoneQuery {
  /** The host of the address it claims: of To in a REGISTER, of From in an INVITE. */
  readonly host: string
  readonly username: string
}

/** What is known of an address that somebody claims. */
export interface Claim {
  /** What to be authenticated in: the realm of the account, or `host` when it is nobody's. */
  readonly realm: string
  /** The realm was named, and has phones: whoever claims to be of it must prove it. */
  readonly isOfOurs: boolean
  readonly phone: Phone | undefined
}

/** Who is a phone of ours. */
export interface PhoneBook {
  /** Takes as long, and looks the same way, for names that there are and names that there are not. */
  find(query: PhoneQuery): Promise<Claim>
  /** A phone that is known by its address alone. @param host of the Request-URI */
  atAddress(host: string, address: string): Promise<Phone | undefined>
}

/** Where a phone can be reached. */
export interface Contact {
  /** As it was registered: requests to it have this Request-URI. */
  readonly uri: string
  /** Where requests to it go: what it registered from, whatever the URI says. */
  readonly flow: Flow
  readonly userAgent: string | undefined
  /** Unix milliseconds. */
  readonly expiresAt: number
  /** The process it registered with, which has its connection if it has one. */
  readonly node: string
}

/** A contact as its registrar keeps it (RFC 3261 section 10.3). */
export interface Binding extends Contact {
  /** Tells the contacts of a phone apart. */
  readonly key: string
  /** The parameters of the Contact but for `expires`, as they came: `;q=0.5;+sip.instance="…"`. */
  readonly params: string
  readonly callId: string
  readonly cseq: number
  /** Unix milliseconds: when it was last said. */
  readonly registeredAt: number
}

/** What a change of bindings comes to: they stay as they are without `bindings`. */
export interface Rebinding<T> {
  readonly bindings?: readonly Omit<Binding, 'node'>[]
  readonly result: T
}

/** Where bindings are kept. */
export interface Bindings {
  /**
   * Changes what `phone` has bound; nobody else does meanwhile. `change` gets what has not expired. A binding that is
   * given back as it came is not written again.
   */
  change<T>(phone: Phone, change: (present: readonly Binding[]) => Rebinding<T>): Promise<T>
  /** This connection is gone. */
  flowClosed(flow: Flow): void
}

export interface RegistrarLimits {
  /** Shorter is refused with 423, longer is cut, in seconds. */
  readonly minExpirySeconds: number
  readonly maxExpirySeconds: number
  /** Of one phone; one more takes the place of the one that was said longest ago. */
  readonly mostContacts: number
  /** How long a nonce may be used, in ms. */
  readonly nonceLifeMs: number
  /** What phones are challenged with, the most wanted first (RFC 8760 section 2.4). */
  readonly algorithms: readonly DigestAlgorithm[]
  readonly failures: FailureLimits
}

export type DigestAlgorithm = 'MD5' | 'SHA-256'

/** MD5 alone: phones of before RFC 8760 give up when they find an algorithm that they do not know. */
export const defaultRegistrarLimits: RegistrarLimits = {
  minExpirySeconds: 60,
  maxExpirySeconds: 3_600,
  mostContacts: 10,
  nonceLifeMs: 300_000,
  algorithms: ['MD5'],
  failures: { most: 20, windowMs: 60_000, refusedMs: 300_000 },
}

export interface RegistrarOptions {
  readonly phones: PhoneBook
  readonly bindings: Bindings
  readonly limits?: Partial<RegistrarLimits>
  /** Whether calls from this address come by a trunk: they may name our realm without proving to be a phone. */
  readonly isTrunk?: (address: string) => boolean
}
