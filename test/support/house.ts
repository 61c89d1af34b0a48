import { child, defineAction } from '../../src/callflow/index.ts'
import { Type } from 'typebox'
import { openHouse } from '../../src/house.ts'
import type { OpenHouse } from '../../src/transcript/index.ts'

const pivot = defineAction({
  module: 'pivot',
  summary: '',
  source: '',
  data: Type.Object({}),
  children: {},
  example: { module: 'pivot' },
  run: async () => child(),
})

/** The house that tests call: all of the real one between the drivers and the outside world. */
export const testHouse: OpenHouse = (world) => openHouse({ ...world, pivot: () => pivot })
