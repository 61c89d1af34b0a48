import { readdirSync, readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { child, checkFlow, defineAction, newRegistry, readFlow, type Action } from '../callflow/index.ts'
import { VirtualClock } from '../base/index.ts'
import { newSimulator } from '../drivers/simulator/index.ts'
import { openOutside } from '../endpoints/index.ts'
import { allActions } from './index.ts'

const pivot = defineAction({
  module: 'pivot',
  summary: 'Stands for the action that asks a web server.',
  source: 'KAZOO cf_pivot.erl',
  data: Type.Object({ voice_url: Type.String({ description: 'Whom to ask' }) }),
  children: {},
  example: { module: 'pivot', data: { voice_url: 'https://shop.example/voice' } },
  run: async () => child(),
})

const clock = new VirtualClock()
const actions = allActions({
  conferences: { attend: () => Promise.reject(new Error('nobody meets here')), list: () => [] },
  documents: { get: async () => undefined, list: async () => [], save: async () => undefined },
  callflows: { find: async () => undefined, get: async () => undefined },
  http: async () => Promise.reject(new Error('nobody should be asked')),
  notices: { tell: async () => false },
  deliveries: { deliver: async () => Promise.reject(new Error('nobody should be told')) },
  recordings: { keep: async () => ({ url: '' }), discard: async () => undefined },
  calling: newSimulator({ clock }),
  outside: openOutside({ operatorId: 'master', mayDial: async () => true, clock }),
  exchange: { calls: () => [], take: async () => undefined, send: async () => undefined },
  pivot,
})
const registry = newRegistry(actions)
const rows = actions.map((action): [string, Action] => [action.module, action])

test('all actions of a call by itself are there, once', () => {
  const modules = `
    after_bridge
    answer
    audio_macro
    branch_bnumber
    branch_variable
    call_forward
    call_waiting
    callflow
    check_cid
    cidlistmatch
    collect_dtmf
    conference
    conference_feature
    dead_air
    device
    directory
    disa
    do_not_disturb
    dynamic_cid
    eavesdrop
    eavesdrop_feature
    edr
    flush_dtmf
    group
    group_pickup
    group_pickup_feature
    hangup
    hotdesk
    intercept
    intercept_feature
    intercom
    language
    lookupcidname
    manual_presence
    menu
    missed_call_alert
    move
    nomorobo
    noop
    notification
    offnet
    page_group
    park
    pivot
    play
    prepend_cid
    privacy
    record_call
    record_caller
    resources
    response
    ring_group
    ring_group_toggle
    route_to_cid
    send_dtmf
    set
    set_alert_info
    set_cid
    set_variable
    set_variables
    skel
    sleep
    temporal_route
    transfer
    tts
    user
    voicemail
    wait_for_hangup
    webhook
  `
  expect(actions.map(({ module }) => module).sort()).toEqual(modules.trim().split(/\s+/))
})

test.each(rows)('%s: its example is a whole answer of a web server', (module, { example }) => {
  expect(readFlow(example, registry, { as: 'reply' }).module).toBe(module)
})

test.each(rows)('%s: it says what it does and where that is written down', (_module, { summary, source }) => {
  expect(summary).toMatch(/^[A-Z][^]*\.$/)
  expect(source).toContain('KAZOO')
})

/** Paths of keys without a description. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, items } = schema as { properties?: Record<string, { description?: unknown }>; items?: unknown }
  const own = Object.entries(properties ?? {}).flatMap(([key, value]) => [
    ...(typeof value.description === 'string' ? [] : [`${path}/${key}`]),
    ...undescribed(value, `${path}/${key}`),
  ])
  return [...own, ...undescribed(items, `${path}[]`)]
}

test.each(rows)('%s: every key of its data is described', (_module, { data }) => {
  expect(undescribed(data, '')).toEqual([])
})

const calls = new URL('../../test/calls/', import.meta.url)
const transcripts = readdirSync(calls, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.call'))
  .map((name) => readFileSync(new URL(name, calls), 'utf8'))

test.each(rows)('%s: a transcript shows it', (module) => {
  expect(transcripts.some((text) => text.includes(`"module":"${module}"`))).toBe(true)
})

/** The keys that a module cannot do without, and those that KAZOO fills in although its schemas require them. */
test.each([
  ['tts', {}, ['/data']],
  ['tts', { text: 'x'.repeat(1001) }, ['/data/text']],
  ['send_dtmf', {}, ['/data']],
  ['language', {}, ['/data']],
  ['language', { language: 'english please' }, ['/data/language']],
  ['response', {}, []],
  ['response', { code: '486' }, []],
  ['response', { code: 200 }, ['/data/code']],
  ['branch_variable', {}, []],
  ['set_variables', {}, []],
  ['sleep', { duration: '3', unit: 'fortnight' }, ['/data/unit']],
  ['collect_dtmf', { max_digits: '3', terminators: ['#', 1] }, []],
  ['collect_dtmf', { terminator: 'A' }, ['/data/terminator']],
  ['record_caller', { url: 'ftp://rec.example/' }, ['/data/url']],
  ['webhook', { uri: 'file:///etc/passwd' }, ['/data/uri']],
  ['audio_macro', { macros: [{ macro: 'tts' }] }, ['/data/macros/0', '/data/macros/0']],
  ['audio_macro', { macros: [{ macro: 'say', text: 3 }] }, []],
  ['play', { id: 7, answer: 'false', some_key_of_next_year: true }, []],
])('%s with %j is wrong at %j', (module, data, wrongAt) => {
  const { problems } = checkFlow({ module, data }, registry, { as: 'reply' })
  expect(problems.map(({ at }) => at)).toEqual(wrongAt)
})
