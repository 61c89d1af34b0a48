import { expect, test } from 'vitest'
import { bodyHash, pivotSignature, twilioSignature } from './signature.ts'

/** The published example of "Validating requests" and of twilio-node's and twilio-python's tests. */
const form = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
}

test('Twilio’s published example is signed as published', () => {
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  expect(twilioSignature('12345', url, Object.entries(form))).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=')
})

test('a body that is no form is signed by its hash in the URL', () => {
  const body = '{"property": "value", "boolean": true}'
  const hash = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620'
  expect(bodyHash(body)).toBe(hash)
  const url = `https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=${hash}`
  expect(twilioSignature('12345', url, [])).toBe('a9nBmqA0ju/hNViExpshrM61xv4=')
})

test('names are sorted, and repeated values count once', () => {
  const url = 'https://h/'
  const once = twilioSignature('s', url, [['b', '2'], ['a', '2'], ['a', '1']]) // prettier-ignore
  expect(twilioSignature('s', url, [['a', '1'], ['a', '2'], ['a', '1'], ['b', '2']])).toBe(once) // prettier-ignore
})

test('our signature covers time, method, URL and body', () => {
  const signed = { method: 'POST', url: 'https://h/p', body: 'x=1', nowMs: 1_700_000_000_500 }
  const signature = pivotSignature('secret', signed)
  expect(signature).toMatch(/^t=1700000000,v1=[0-9a-f]{64}$/)
  const others = [
    pivotSignature('other', signed),
    pivotSignature('secret', { ...signed, method: 'GET' }),
    pivotSignature('secret', { ...signed, url: 'https://h/q' }),
    pivotSignature('secret', { ...signed, body: 'x=2' }),
    pivotSignature('secret', { ...signed, nowMs: 1_700_000_001_500 }),
  ]
  expect(new Set([signature, ...others]).size).toBe(6)
})
