import { expect, test } from 'vitest'
import { parseTwiml } from '../parse.ts'
import { readNouns } from './nouns.ts'

/** What a Dial with `content` calls, and `line:column code` of its warnings, counted from the content. */
function nouns(content: string) {
  const warnings: string[] = []
  const before = '<Response><Dial>'.length
  const [dial] = parseTwiml(`<Response><Dial>${content}</Dial></Response>`, { url: '' }).verbs
  if (dial === undefined) throw new Error('there is no Dial')
  const read = readNouns(dial, ({ line, column }, code) => warnings.push(`${line}:${column - before} ${code}`))
  return { read, parties: read.map(({ party }) => party), warnings }
}

test('nouns and text are called in the order in which they stand', () => {
  const { parties, warnings } = nouns(
    ' <User> u2 </User><Device>d2</Device><Client>ann</Client><Number>+1 (415) 555-0133</Number> 2031 ',
  )
  expect(parties).toEqual([
    { kind: 'user', name: 'u2' },
    { kind: 'device', name: 'd2' },
    { kind: 'client', name: 'ann' },
    { kind: 'number', name: '+14155550133' },
    { kind: 'number', name: '2031' },
  ])
  expect(warnings).toEqual([])
})

test.each([
  ['sip:bob@pbx.example', 'sip:bob@pbx.example', 'bob', 'pbx.example'],
  ['bob@PBX.example:5070', 'sip:bob@PBX.example:5070', 'bob', 'pbx.example'],
  ['SIPS:bob@pbx.example;transport=tls', 'sips:bob@pbx.example;transport=tls', 'bob', 'pbx.example'],
  ['sip:[2001:db8::1]:5060', 'sip:[2001:db8::1]:5060', '', '[2001:db8::1]'],
  ['sip:a%20b@192.0.2.1', 'sip:a%20b@192.0.2.1', 'a b', '192.0.2.1'],
])('<Sip>%s</Sip> calls %s', (text, uri, user, host) => {
  const { parties, warnings } = nouns(`<Sip>\n ${text}\n</Sip>`)
  expect(parties).toEqual([{ kind: 'sip', uri, user, host, headers: {} }])
  expect(warnings).toEqual([])
})

test.each(['', 'sip:', 'bob@', 'http://pbx.example', `bob@${'x'.repeat(255)}`, 'a&lt;b@c'])(
  '<Sip>%s</Sip> is no address',
  (text) => {
    expect(nouns(`<Sip>${text}</Sip>`)).toMatchObject({ read: [], warnings: ['1:1 13243'] })
  },
)

test('headers of a SIP call stand behind a question mark or in Headers; others than X-… are left out', () => {
  const { parties, warnings } = nouns(
    '<Sip username="u" password="p">bob@pbx.example?X-A=1%202&amp;Via=x&amp;User-to-User=ff&amp;X-B=%0d%0aX<Headers><Header name="X-C" value="3"/></Headers></Sip>',
  )
  expect(parties).toEqual([
    expect.objectContaining({
      uri: 'sip:bob@pbx.example',
      headers: { 'X-A': '1 2', 'User-to-User': 'ff', 'X-C': '3' },
      credentials: { username: 'u', password: 'p' },
    }),
  ])
  expect(warnings).toEqual(['1:1 13252', '1:1 13252'])
})

test('headers of a SIP call have at most 1024 characters in all', () => {
  const { parties, warnings } = nouns(`<Sip>bob@pbx.example?X-A=${'a'.repeat(1021)}&amp;X-B=b</Sip>`)
  expect(parties).toEqual([expect.objectContaining({ headers: { 'X-A': 'a'.repeat(1021) } })])
  expect(warnings).toEqual(['1:1 13253'])
})

test.each([
  ['<Number>none</Number>', '1:1 13223'],
  ['<Number/>', '1:1 13223'],
  ['nobody', '1:1 13223'],
  ['<User/>', '1:1 13223'],
  ['<Sim>1</Sim>', '1:1 12200'],
  ['<Application><ApplicationSid>AP1</ApplicationSid></Application>', '1:1 12200'],
])('%s calls nobody and is warned of', (content, warning) => {
  expect(nouns(content)).toMatchObject({ read: [], warnings: [warning] })
})

test.each([
  ['<Number sendDigits="x">2031</Number>', '1:9 13222'],
  ['<Number method="PUT">2031</Number>', '1:9 13221'],
  ['<Sip method="PUT">a@b</Sip>', '1:6 13241'],
  ['<Number url="tel:1">2031</Number>', '1:9 11100'],
  ['<Number statusCallbackEvent="gone">2031</Number>', '1:9 12200'],
  ['<Number machineDetection="Enable">2031</Number>', '1:9 12200'],
  ['<User url="/x">u2</User>', '1:7 12200'],
  ['<Client>ann<Parameter name="a" value="b"/></Client>', '1:12 12200'],
  ['<Sip>a@b<Uri priority="1">c@d</Uri></Sip>', '1:9 12200'],
])('%s is called, with a warning', (content, warning) => {
  const { read, warnings } = nouns(content)
  expect(read).toHaveLength(1)
  expect(warnings).toEqual([warning])
})

test('at most ten are called', () => {
  const { read, warnings } = nouns('<Number>1</Number>'.repeat(12))
  expect(read).toHaveLength(10)
  expect(warnings).toEqual(['1:181 13250'])
})

test('what is special about a noun is kept with it', () => {
  const { read } = nouns(
    '<Number url="/w" method="GET" sendDigits="ww1" statusCallback="/s" statusCallbackMethod="GET" statusCallbackEvent="ringing, answered">2031</Number>',
  )
  expect(read[0]).toMatchObject({
    tag: '<Number>',
    whisper: { url: '/w', method: 'GET' },
    sendDigits: 'ww1',
    progress: { url: '/s', method: 'GET', events: new Set(['ringing', 'answered']) },
  })
})
