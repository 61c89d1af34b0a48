import { createSecureContext } from 'node:tls'
import type { Clock, Log } from '../base/index.ts'

/** A certificate with those that lead to its authority, and its private key, as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Where a certificate is kept; asked again and again, because certificates are renewed. */
export type CertificateSource = () => Promise<Certificate>

/** How long a renewed certificate waits at most to be noticed. */
const lookMs = 60_000

/** The certificate in use. One that is renewed counts for connections from then on; one that is no good never does. */
export class KeptCertificate {
  readonly #read: CertificateSource
  readonly #log: Log
  readonly #closing = new AbortController()
  readonly #users: ((context: Certificate) => void)[] = []
  #context: Certificate

  /** Rejects when it cannot be read or used. */
  static async open(read: CertificateSource, clock: Clock, log: Log): Promise<KeptCertificate> {
    const kept = new KeptCertificate(read, log, await readGood(read))
    void kept.#lookAgainAndAgain(clock)
    return kept
  }

  private constructor(read: CertificateSource, log: Log, context: Certificate) {
    this.#read = read
    this.#log = log
    this.#context = context
  }

  get context(): Certificate {
    return this.#context
  }

  onRenewed(use: (context: Certificate) => void): void {
    this.#users.push(use)
  }

  close(): void {
    this.#closing.abort(new Error('the server stops'))
  }

  async #lookAgainAndAgain(clock: Clock): Promise<void> {
    for (;;) {
      const isOver = await clock.sleep(lookMs, this.#closing.signal).then(
        () => false,
        () => true,
      )
      if (isOver) return
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    try {
      const found = await readGood(this.#read)
      if (found.cert === this.#context.cert && found.key === this.#context.key) return
      for (const use of this.#users) use(found)
      this.#context = found
      this.#log.info('sip.certificate-renewed')
    } catch (error) {
      // Between the writing of one file and the other they do not fit; what lasts is said again every minute.
      this.#log.warn('sip.certificate-refused', { error })
    }
  }
}

async function readGood(read: CertificateSource): Promise<Certificate> {
  const { cert, key } = await read()
  createSecureContext({ cert, key })
  return { cert, key }
}
