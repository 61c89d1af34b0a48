import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomHex, type Clock } from '../base/index.ts'

/** How many nonces are remembered as used; what is older than the one forgotten first is stale from then on. */
const mostUsed = 20_000
const stampBytes = 6
const saltBytes = 8
const sealBytes = 16

export interface NoncesOptions {
  readonly clock: Clock
  /** How long a nonce may be used, in ms. */
  readonly lifeMs: number
  readonly mostUsed?: number
}

interface Used {
  readonly madeAt: number
  /** The highest count that came with it. */
  count: number
}

/**
 * Nonces that say themselves when they were made and for whom, under our seal (RFC 7616 section 3.3), so that nobody
 * can fill our memory by asking for them. Only those that were used with the right password are remembered, so that
 * nothing can be played again.
 */
export class Nonces {
  readonly #clock: Clock
  readonly #lifeMs: number
  readonly #mostUsed: number
  readonly #secret = Buffer.from(randomHex(32), 'hex')
  readonly #used = new Map<string, Used>()
  /** Unix milliseconds: what was made until then is stale. */
  #floor = -1

  constructor(options: NoncesOptions) {
    this.#clock = options.clock
    this.#lifeMs = options.lifeMs
    this.#mostUsed = options.mostUsed ?? mostUsed
  }

  /** @param address whoever answers must come from there: so nobody can fail in the name of somebody else */
  issue(address: string): string {
    const made = Buffer.alloc(stampBytes + saltBytes)
    made.writeUIntBE(this.#clock.now(), 0, stampBytes)
    made.write(randomHex(saltBytes), stampBytes, 'hex')
    return Buffer.concat([made, this.#seal(made, address)]).toString('base64url')
  }

  /** Is it one that we gave to `address`, and not too long ago? */
  isFresh(nonce: string, address: string): boolean {
    const bytes = Buffer.from(nonce, 'base64url')
    if (bytes.length !== stampBytes + saltBytes + sealBytes) return false
    const made = bytes.subarray(0, stampBytes + saltBytes)
    if (!timingSafeEqual(bytes.subarray(made.length), this.#seal(made, address))) return false
    const madeAt = madeAtOf(nonce)
    return madeAt > this.#floor && this.#clock.now() - madeAt < this.#lifeMs
  }

  /**
   * Uses a fresh nonce for the `count`th time. @returns false when it was used so often already: this is a replay, or
   * was overtaken
   */
  use(nonce: string, count: number): boolean {
    const used = this.#used.get(nonce)
    if (!(count > (used?.count ?? 0))) return false
    if (used === undefined) this.#remember(nonce, count)
    else used.count = count
    return true
  }

  #remember(nonce: string, count: number): void {
    this.#used.set(nonce, { madeAt: madeAtOf(nonce), count })
    const outdated = this.#clock.now() - this.#lifeMs
    for (const [oldest, { madeAt }] of this.#used) {
      if (madeAt > outdated) {
        if (this.#used.size <= this.#mostUsed) return
        this.#floor = Math.max(this.#floor, madeAt)
      }
      this.#used.delete(oldest)
    }
  }

  #seal(made: Buffer, address: string): Buffer {
    return createHmac('sha256', this.#secret).update(made).update(address).digest().subarray(0, sealBytes)
  }
}

const madeAtOf = (nonce: string): number => Buffer.from(nonce, 'base64url').readUIntBE(0, stampBytes)
