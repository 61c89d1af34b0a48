import { Type } from 'typebox'
import { callRecording, common, fields, flag, id, name, preferences, realm } from './common.ts'

/** @source KAZOO schema accounts */
export const accounts = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    realm: Type.Optional(realm('SIP realm: calls to it belong to the account')),
    enabled: Type.Optional(flag(true, 'Calls to a switched off account are refused')),
    country: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z]{2}$',
        default: 'US',
        description: 'ISO 3166 country of numbers in national form',
      }),
    ),
    secret: Type.Optional(
      Type.String({ minLength: 8, maxLength: 256, description: 'Signs requests to web servers; ours' }),
    ),
    preflow: Type.Optional(fields({ always: id('A callflow that runs before every other') }, 'Before calls')),
    call_recording: Type.Optional(
      fields(
        {
          account: callRecording('Of all calls: inbound by where they come from, else outbound by where they go'),
          endpoint: callRecording('Of calls of phones whose device and user say nothing'),
        },
        'Which calls are recorded',
      ),
    ),
    ...preferences,
  },
  { title: 'Account', description: 'A tenant: its realm, and what holds for all its calls' },
)
