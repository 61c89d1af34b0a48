interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  /** Set without a domain: for that host only. */
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
}

const most = 50
const longest = 4096

/** The cookies that web servers have set during one call, sent back as a browser would (RFC 6265 section 5). */
export class Cookies {
  readonly #cookies = new Map<string, Cookie>()

  /** Takes the `Set-Cookie` headers that came from `url`. What is malformed or foreign is ignored. */
  keep(url: string, headers: readonly string[], nowMs: number): void {
    if (!URL.canParse(url)) return
    const from = new URL(url)
    for (const header of headers.slice(0, most)) this.#keep(from, header, nowMs)
  }

  /** The value of the `Cookie` header for `url`; empty when there is none. */
  for(url: string): string {
    if (!URL.canParse(url)) return ''
    const { hostname, pathname, protocol } = new URL(url)
    return [...this.#cookies.values()]
      .filter(
        ({ domain, isHostOnly, path, isSecure }) =>
          (isHostOnly ? hostname === domain : isWithin(hostname, domain)) &&
          isBelow(pathname, path) &&
          (!isSecure || protocol === 'https:'),
      )
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  #keep({ hostname, pathname }: URL, header: string, nowMs: number): void {
    const [pair = '', ...rest] = header.split(';')
    const [, name = '', value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(pair) ?? []
    if (name === '' || header.length > longest || !/^[\x21-\x7e]*$/.test(name + value)) return
    const attributes = new Map(rest.map((part) => attribute(part)))
    const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? ''
    if (domain !== '' && !isWithin(hostname, domain)) return
    const path = attributes.get('path') ?? ''
    const cookie = {
      name,
      value,
      domain: domain === '' ? hostname : domain,
      isHostOnly: domain === '',
      path: path.startsWith('/') ? path : pathname.replace(/\/[^/]*$/, '') || '/',
      isSecure: attributes.has('secure'),
    }
    const key = `${name};${cookie.domain};${cookie.path}`
    this.#cookies.delete(key)
    if (!isOver(attributes, nowMs) && this.#cookies.size < most) this.#cookies.set(key, cookie)
  }
}

function attribute(part: string): [string, string] {
  const [name = '', ...value] = part.split('=')
  return [name.trim().toLowerCase(), value.join('=').trim()]
}

function isOver(attributes: ReadonlyMap<string, string>, nowMs: number): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0
  const expires = Date.parse(attributes.get('expires') ?? '')
  return !Number.isNaN(expires) && expires <= nowMs
}

/** A name without a dot, such as a whole top-level domain, takes nobody else's cookies. */
const isWithin = (host: string, domain: string): boolean =>
  host === domain || (domain.includes('.') && host.endsWith(`.${domain}`))

const isBelow = (path: string, parent: string): boolean =>
  path === parent || path.startsWith(parent.endsWith('/') ? parent : `${parent}/`)
