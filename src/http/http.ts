/** How far an exchange has come. */
export type HttpStage = 'queue' | 'dns' | 'connect' | 'tls' | 'headers' | 'body'

/** Milliseconds of each part of an exchange, redirects included; a part that did not happen is absent. */
export interface HttpTiming {
  readonly dnsMs?: number
  readonly connectMs?: number
  readonly tlsMs?: number
  readonly firstByteMs?: number
  readonly bodyMs?: number
  readonly totalMs: number
}

export interface HttpLimits {
  /** For everything together: DNS, connect, TLS, headers, body, redirects. */
  readonly totalMs: number
  /** To be connected, TLS included. */
  readonly connectMs?: number
  /** To the first byte, and between bytes. */
  readonly readMs?: number
  /** Of the body, after content decoding. */
  readonly mostBytes: number
  /** 0 = do not follow. */
  readonly mostRedirects: number
}

/** A request that a redirect asks for. */
export interface HttpHop {
  readonly url: string
  readonly method: HttpQuestion['method']
  /** What is sent along, as text; empty when the redirect dropped the body or the body is no text. */
  readonly body: string
  /** Who redirected, and the `Set-Cookie` headers that came with it. */
  readonly from: string
  readonly cookies: readonly string[]
}

export interface HttpQuestion {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | { readonly file: string }
  readonly limits: HttpLimits
  readonly signal: AbortSignal
  /** Asked before a redirect is followed: headers that depend on where it goes (signatures, cookies); '' drops one. */
  readonly redirected?: (hop: HttpHop) => Readonly<Record<string, string>>
  /** Told each time another part of the exchange begins. */
  readonly onStage?: (stage: HttpStage) => void
}

export interface HttpAnswer {
  /** Where the answer came from in the end. */
  readonly url: string
  readonly status: number
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** `Set-Cookie` headers, one by one. */
  readonly cookies: readonly string[]
  /** With its content encoding undone. */
  readonly body: Uint8Array
  readonly timing: HttpTiming
}

/**
 * Asks a web server. Any status is an answer.
 *
 * @throws HTTP_URL_INVALID · HTTP_DNS · HTTP_FORBIDDEN_ADDRESS · HTTP_CONNECT · HTTP_TLS · HTTP_RESET · HTTP_TIMEOUT ·
 *   HTTP_PROTOCOL · HTTP_REDIRECTS · HTTP_BODY_TOO_LARGE · HTTP_ENCODING
 */
export type Http = (question: HttpQuestion) => Promise<HttpAnswer>
