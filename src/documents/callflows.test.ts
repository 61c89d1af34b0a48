import { expect, test } from 'vitest'
import { Type } from 'typebox'
import { silentLog, type Log } from '../base/index.ts'
import { child, defineAction, newRegistry } from '../callflow/index.ts'
import { CallflowIndex, MemoryDocuments } from './index.ts'

const play = defineAction({
  module: 'play',
  summary: '',
  source: 'this test',
  data: Type.Object({ id: Type.String() }),
  children: {},
  example: { module: 'play' },
  run: async () => child(),
})

const flow = { module: 'play', data: { id: 'welcome' } }

function scene(country = 'US') {
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (event) => warnings.push(event) }
  const documents = new MemoryDocuments()
  const callflows = new CallflowIndex({ documents, registry: newRegistry([play]), countryOf: () => country, log })
  documents.onChange((change) => callflows.onChange(change))
  const put = (document: { id: string; [key: string]: unknown }): void => documents.put('A1', 'callflows', document)
  return { documents, callflows, put, warnings }
}

test('a callflow is found by number, pattern and id, with what it is called', async () => {
  const { callflows, put } = scene()
  put({ id: 'c1', name: 'Sales', numbers: ['100'], patterns: ['^2(..)$'], flow })
  expect(await callflows.find('A1', '100')).toMatchObject({ id: 'c1', name: 'Sales', flow: { module: 'play' } })
  expect(await callflows.find('A1', '234')).toMatchObject({ id: 'c1', captureGroup: '34' })
  expect(await callflows.get('A1', 'c1')).toMatchObject({ id: 'c1', isNoMatch: false })
  expect(await callflows.find('A1', '300')).toBeUndefined()
  expect(await callflows.get('A1', 'c2')).toBeUndefined()
  expect(await callflows.find('A2', '100')).toBeUndefined()
})

test('a number may be listed in national form', async () => {
  const { callflows, put } = scene('CH')
  put({ id: 'c1', numbers: ['044 123 45 67'], flow })
  expect(await callflows.find('A1', '+41441234567')).toMatchObject({ id: 'c1' })
})

test('a change is seen by the next call', async () => {
  const { callflows, put } = scene()
  put({ id: 'c1', numbers: ['100'], flow })
  expect(await callflows.find('A1', '200')).toBeUndefined()
  put({ id: 'c1', numbers: ['200'], flow })
  expect(await callflows.find('A1', '200')).toMatchObject({ id: 'c1' })
  expect(await callflows.find('A1', '100')).toBeUndefined()
})

test('what is wrong with a stored callflow is told, and the rest of it works', async () => {
  const { callflows, put, warnings } = scene()
  put({ id: 'c1', numbers: ['100'], patterns: ['('], flow: { module: 'play', data: {}, children: { _: flow } } })
  expect(await callflows.find('A1', '100')).toMatchObject({ flow: { children: { _: { module: 'play' } } } })
  expect(warnings.sort()).toEqual(['documents.callflow-problems', 'documents.pattern-skipped'])
})
