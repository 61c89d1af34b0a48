import { Ajv } from 'ajv'
import { IANAZone } from 'luxon'
import { describe, expect, test } from 'vitest'
import { collections } from '../../callflow/index.ts'
import { documentSchema } from './index.ts'

const ajv = new Ajv({ useDefaults: true, strict: true, strictTypes: false, allErrors: true })
ajv.addFormat('timezone', (zone: string) => IANAZone.isValidZone(zone))

/** The least that KAZOO takes, and what must be refused: where, and by which rule. */
const cases = {
  accounts: [{ name: 'Acme', realm: 'acme.example', timezone: 'Europe/Zurich' }, { name: '', realm: 'no realm', timezone: 'Mars/One', language: 'x', caller_id: { external: { number: 'call me' } } }, ['/name minLength', '/realm pattern', '/timezone format', '/language pattern', '/caller_id/external/number pattern']],
  callflows: [{ numbers: ['+41441234567', 'no_match'], flow: { module: 'play' } }, { numbers: [''] }, ['/numbers/0 minLength', ' required']],
  devices: [{ name: 'Desk', sip: { username: 'ann', password: 'secret' } }, { name: 'x', sip: { username: 'a', method: 'fax' } }, ['/sip/username minLength', '/sip/method enum']],
  users: [{ first_name: 'Ann', last_name: 'Lee', email: 'ann@shop.example' }, { first_name: 'Ann', last_name: 'Lee', email: 'ann', hotdesk: { pin: '12' } }, ['/email pattern', '/hotdesk/pin minLength']],
  media: [{ name: 'welcome', tts: { text: 'Hello' } }, { name: 'welcome', media_source: 'tape', url: 'ftp://x' }, ['/media_source enum', '/url pattern']],
  menus: [{ name: 'main', media: { greeting: 'm1', invalid_media: false } }, { name: 'main', retries: 0, record_pin: 'abc' }, ['/retries minimum', '/record_pin pattern']],
  vmboxes: [{ name: 'Ann', mailbox: '1001', pin: '1234' }, { name: 'Ann', pin: '1' }, [' required', '/pin pattern']],
  conferences: [{ name: 'Standup', member: { pins: ['1234'] } }, { max_participants: -1 }, ['/max_participants minimum']],
  temporal_rules: [{ name: 'open', cycle: 'weekly', wdays: ['monday'] }, { name: 'open', cycle: 'hourly', days: [32] }, ['/cycle enum', '/days/0 maximum']],
  temporal_rules_sets: [{ name: 'holidays', temporal_rules: ['xmas'] }, { name: 'holidays', temporal_rules: [] }, ['/temporal_rules minItems']],
  groups: [{ name: 'Sales', endpoints: { d1: { type: 'device', weight: 1 } } }, { name: 'Sales', endpoints: { d1: { type: 'fax' } } }, ['/endpoints/d1/type enum']],
  lists: [{ name: 'VIP', entries: { a: { number: '+1555' } } }, {}, [' required']],
  directories: [{ name: 'Staff' }, { name: 'Staff', sort_by: 'age', min_dtmf: 0 }, ['/sort_by enum', '/min_dtmf minimum']],
  messages: [{ box: 'v1', folder: 'new', timestamp: 63936086400, length: 4000 }, { box: 'v1', folder: 'lost', timestamp: 1, length: -1 }, ['/folder enum', '/length minimum']],
  presence: [{ state: 'early' }, { state: 'busy' }, ['/state enum']],
  resources: [{ name: 'Trunk', gateways: [{ server: 'sip.example' }] }, { name: 'Trunk', gateways: [] }, ['/gateways minItems']],
  webhooks: [{}, { flags: 1 }, ['/flags type']],
} as const // prettier-ignore

describe.each(collections)('a document of %s', (collection) => {
  const [least, bad, problems] = cases[collection]
  const schema = documentSchema(collection)

  test('is described as a schema of its own, and every key of it', () => {
    expect(schema).toMatchObject({ title: expect.any(String) as string })
    expect(ajv.validateSchema(schema)).toBe(true)
  })

  test('is taken with the least it must have and with keys of others, which stay', () => {
    const document = { ...least, ours: { a: [1] } }
    expect([ajv.validate(schema, document), ajv.errors]).toEqual([true, null])
    expect(document).toMatchObject({ ...least, ours: { a: [1] } })
  })

  test('is refused with the place of what is wrong', () => {
    expect(ajv.validate(schema, { ...bad })).toBe(false)
    const told = ajv.errors?.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)
    expect(told).toEqual(expect.arrayContaining([...problems]))
  })
})

test('defaults are KAZOO’s', () => {
  const menu = { name: 'main', media: { greeting: 'm1' } }
  expect(ajv.validate(documentSchema('menus'), menu)).toBe(true)
  expect(menu).toEqual({
    name: 'main',
    retries: 3,
    max_extension_length: 4,
    hunt: true,
    allow_record_from_offnet: false,
    suppress_media: false,
    media: { greeting: 'm1', invalid_media: true, transfer_media: true, exit_media: true },
  })
})
