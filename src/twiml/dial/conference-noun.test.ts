import { describe, expect, test } from 'vitest'
import { parseTwiml } from '../parse.ts'
import { readConference } from './conference-noun.ts'

function read(content: string) {
  const warnings: string[] = []
  const { verbs } = parseTwiml(`<Response><Dial>${content}</Dial></Response>`, { url: '' })
  const [dial] = verbs
  if (dial === undefined) throw new Error('there is no Dial')
  const noun = readConference(dial, (_at, code, message) => warnings.push(`${code} ${message}`))
  return { noun, warnings }
}

describe('<Conference>', () => {
  test('what it is when it says nothing', () => {
    const { noun, warnings } = read('<Conference> Room 1234 </Conference>')
    expect(noun).toMatchObject({
      name: 'Room 1234',
      muted: false,
      beep: 'true',
      startConferenceOnEnter: true,
      endConferenceOnExit: false,
      maxParticipants: 250,
      statusCallbackEvent: 'start end',
      waitsInSilence: false,
    })
    expect(noun?.waitUrl).toBeUndefined()
    expect(warnings).toEqual([])
  })

  test('an empty waitUrl is silence', () => {
    expect(read('<Conference waitUrl="">R</Conference>').noun?.waitsInSilence).toBe(true)
  })

  test('without a name there is none', () => {
    const { noun, warnings } = read('<Conference/>')
    expect(noun).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('12200')])
  })

  test('nothing else can stand beside it', () => {
    const { noun, warnings } = read('<Number>2033</Number><Conference>R</Conference><Conference>S</Conference>')
    expect(noun?.name).toBe('R')
    expect(warnings).toEqual([expect.stringContaining('13000'), expect.stringContaining('13000')])
  })

  test.each([
    ['muted="maybe"', '13230'],
    ['endConferenceOnExit="maybe"', '13231'],
    ['startConferenceOnEnter="maybe"', '13232'],
    ['waitUrl="ftp://a.example/"', '13233'],
    ['waitMethod="PUT"', '13234'],
    ['beep="sometimes"', '12200'],
    ['maxParticipants="1000"', '12200'],
    ['statusCallbackEvent="start sometimes"', '12200'],
    ['coach="C2"', '13240'],
    ['jitterBufferSize="large"', '12200'],
    ['region="us1"', '12200'],
    ['unknown="x"', '12200'],
  ])('%s is warned of with %s', (attribute, code) => {
    const { noun, warnings } = read(`<Conference ${attribute}>R</Conference>`)
    expect(noun?.name).toBe('R')
    expect(warnings).toEqual([expect.stringContaining(code)])
  })
})
