import { Type } from 'typebox'
import { common, id, name, optional, texts } from './common.ts'

const secondOfDay = (preset: number, description: string) =>
  Type.Integer({ default: preset, minimum: 0, maximum: 86_400, description })

const weekdays = ['monday', 'tuesday', 'wednesday', 'wensday', 'thursday', 'friday', 'saturday', 'sunday']

/** @source KAZOO schema temporal_rules; cf_temporal_route.erl */
export const temporalRules = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    cycle: optional(Type.Enum(['date', 'daily', 'weekly', 'monthly', 'yearly'], { description: 'How often it holds' })),
    interval: optional(Type.Integer({ default: 1, minimum: 1, description: 'Every so many cycles' })),
    days: optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 31 }), { maxItems: 31, description: 'Days of the month' }),
    ),
    wdays: optional(Type.Array(Type.Enum(weekdays), { maxItems: 8, description: 'Days of the week' })),
    ordinal: optional(
      Type.Enum(['every', 'first', 'second', 'third', 'fourth', 'fifth', 'last'], {
        description: 'Which of those weekdays of the month',
      }),
    ),
    month: optional(Type.Integer({ minimum: 1, maximum: 12, description: 'Of a yearly rule' })),
    start_date: optional(
      Type.Integer({
        default: 62_586_115_200,
        minimum: 0,
        description: 'When it begins and cycles are counted from: Gregorian seconds (Unix seconds + 62167219200)',
      }),
    ),
    end_date: optional(Type.Integer({ minimum: 0, description: 'When it is over: Gregorian seconds' })),
    time_window_start: optional(secondOfDay(0, 'From this second of the day')),
    time_window_stop: optional(secondOfDay(86_400, 'Up to this second of the day')),
    enabled: optional(Type.Boolean({ description: 'Forced on or off; by time when it is left out' })),
    exclude: optional(texts(10, 'Days it does not hold, like `2026-12-24`')),
    owner_id: optional(id('The user it belongs to')),
  },
  { title: 'Temporal rule', description: 'A time that comes again' },
)
