import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Framer } from '../../../src/sip/framing.ts'
import { house } from '../../support/sip-wire.ts'
import { conforms } from '../conforms.ts'
import { cases } from './cases.ts'
import expectedFailures from './expected-failures.json' with { type: 'json' }

const messageOf = (name: string): Buffer => readFileSync(new URL(`${name}.dat`, import.meta.url))

/** What the server answers, or that it took the call, or nothing. */
async function answerTo(name: string): Promise<number | 'call' | 'silence'> {
  const { caller, calls } = house()
  await caller.sends(messageOf(name))
  const statuses = caller.heard.map(({ message }) => message.status)
  await caller.says('OPTIONS', { branch: 'z9hG4bKafterwards' })
  expect(caller.heard.at(-1)?.what).toBe('200 OPTIONS')
  if (calls.length > 0) {
    expect(statuses).toEqual([])
    return 'call'
  }
  expect(statuses.length).toBeLessThanOrEqual(1)
  return statuses[0] ?? 'silence'
}

describe('RFC 4475: every message gets the answer that it should, and an OPTIONS after it is answered 200', () => {
  for (const [name, { asks, because, section }] of Object.entries(cases)) {
    conforms(name, expectedFailures, async () => {
      expect(asks, `${section}: ${because}`).toContain(await answerTo(name))
    })
  }
})

test('every message of the RFC is a case, and every case has its message', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.dat'))
  expect(files.map((file) => file.slice(0, -4)).toSorted()).toEqual(Object.keys(cases).toSorted())
  expect(files).toHaveLength(49)
})

test('an answer repeats what RFC 3261 section 8.2.6 wants repeated, byte for byte', async () => {
  const { caller } = house()
  await caller.sends(messageOf('intmeth'))
  const answer = caller.last("501 !interesting-Method0123456789_*+`.%indeed'~")
  expect(answer.callId).toBe(`intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{`)
  expect(Buffer.from(answer.first('from') ?? '', 'latin1').toString()).toContain('работающий')
  expect(answer.first('to')).toContain('"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f"')
  expect(answer.first('allow')).toContain('INVITE')
})

test('a stream that brings them in any pieces is cut where it should be', () => {
  for (const name of Object.keys(cases)) {
    const message = messageOf(name)
    const whole = new Framer().push(message)
    const framer = new Framer()
    const cut: Buffer[] = []
    for (let at = 0; at < message.length; at += 7) cut.push(...framer.push(message.subarray(at, at + 7)).messages)
    expect(cut.map(String).slice(0, whole.messages.length), name).toEqual(whole.messages.map(String))
  }
})
