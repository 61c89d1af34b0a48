import { createHash, createHmac } from 'node:crypto'

/**
 * Twilio's signature: HMAC-SHA1 over the URL as the server sees it and, for a form, each name and value, sorted by name,
 * repeated values once and sorted.
 *
 * @param form what a POSTed form holds; empty for a GET or a JSON body
 * @source Twilio, validating requests; twilio-node src/webhooks/webhooks.ts
 */
export function twilioSignature(secret: string, url: string, form: readonly (readonly [string, string])[]): string {
  const byName = new Map<string, Set<string>>()
  for (const [name, value] of form) byName.set(name, (byName.get(name) ?? new Set()).add(value))
  const names = [...byName.keys()].sort(byCodeUnit)
  const text = names.map((name) =>
    [...(byName.get(name) ?? [])]
      .sort(byCodeUnit)
      .map((value) => name + value)
      .join(''),
  )
  return createHmac('sha1', secret)
    .update(url + text.join(''))
    .digest('base64')
}

const byCodeUnit = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** What Twilio adds to the URL of a request whose body is no form: `bodySHA256`. */
export const bodyHash = (body: string): string => createHash('sha256').update(body).digest('hex')

/**
 * Our own signature, for both formats: `t=<Unix seconds>,v1=<hex>`, HMAC-SHA256 over `t.METHOD.url.body`. Check the time
 * too, and an old request cannot be sent again by somebody else.
 */
export function pivotSignature(
  secret: string,
  { method, url, body, nowMs }: { method: string; url: string; body: string; nowMs: number },
): string {
  const seconds = Math.floor(nowMs / 1000)
  const signed = createHmac('sha256', secret).update(`${seconds}.${method}.${url}.${body}`).digest('hex')
  return `t=${seconds},v1=${signed}`
}
