import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import { memoryApi, type MemoryApi } from '../../test/support/memory-api.ts'
import { allRoutes, type Route } from './index.ts'

let api: MemoryApi
let reader: string
let stranger: string
beforeAll(async () => {
  api = await memoryApi()
  reader = await api.token('A1', 'read')
  stranger = await api.token('A2', 'admin')
})

/** The path of a route, in the account A1. */
const pathOf = ({ url }: Route, accountId = 'A1'): string =>
  url.replace(':accountId', accountId).replaceAll(/:\w+/g, 'nothing')

const asking = (route: Route): { data?: unknown } => (route.body === undefined ? {} : { data: route.example ?? {} })

const named = (routes: readonly Route[]): [string, Route][] =>
  routes.map((route) => [`${route.method} ${route.url}`, route])

const guarded = named(allRoutes.filter(({ scope }) => scope !== 'public'))
const ofAccounts = named(allRoutes.filter(({ url }) => url.includes(':accountId')))
const changing = named(allRoutes.filter(({ scope }) => scope === 'admin'))
const reading = named(allRoutes.filter(({ body }) => body !== undefined))

test('every route has a name of its own', () => {
  const names = named(allRoutes).map(([name]) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(80)
})

describe('nobody is answered without a token', () => {
  test.each(guarded)('%s', async (_, route) => {
    const told = await api.ask(`${route.method} ${pathOf(route)}`, { ...asking(route), token: '' })
    expect([told.status, told.body['message']]).toEqual([401, 'invalid_credentials'])
    const wrong = await api.ask(`${route.method} ${pathOf(route)}`, { ...asking(route), token: 'f'.repeat(64) })
    expect(wrong.status).toBe(401)
  })
})

describe('another account sees nothing', () => {
  test.each(ofAccounts)('%s', async (_, route) => {
    const told = await api.ask(`${route.method} ${pathOf(route)}`, { ...asking(route), token: stranger })
    expect([told.status, told.body['error'], told.body['message']]).toEqual([403, '403', 'forbidden'])
    const nowhere = await api.ask(`${route.method} ${pathOf(route, 'A9')}`, { ...asking(route), token: stranger })
    expect({ ...nowhere.body, timestamp: '', request_id: '' }).toEqual({ ...told.body, timestamp: '', request_id: '' })
  })
})

describe('who may only read changes nothing', () => {
  test.each(changing)('%s', async (_, route) => {
    const told = await api.ask(`${route.method} ${pathOf(route)}`, { ...asking(route), token: reader })
    expect(told.status).toBe(403)
  })
})

describe('a body that is not as it must be is refused with the path of what is wrong', () => {
  test.each(reading)('%s', async (_, route) => {
    const what = `${route.method} ${pathOf(route)}`
    const json = { 'content-type': 'application/json' }
    const broken = await api.ask(what, { payload: '{"data": {', headers: json })
    expect([broken.status, broken.body['message']]).toEqual([400, 'validation error'])
    const bare = await api.ask(what, { payload: '{"name": "x"}', headers: json })
    expect([bare.status, bare.data]).toMatchObject([400, { data: { required: { pointer: '/data' } } }])
    const wrong = await api.ask(what, { payload: '{"data": 5}', headers: json })
    expect([wrong.status, wrong.data]).toMatchObject([400, { data: { type: { pointer: '' } } }])
    const deep = `{"data": ${'{"a":'.repeat(300)}1${'}'.repeat(300)}}`
    expect((await api.ask(what, { payload: deep, headers: json })).data).toHaveProperty('data.depth')
  })
})

describe('what is not there is not found', () => {
  test.each(ofAccounts.filter(([, { url }]) => /:(?!accountId)/.test(url)))('%s', async (_, route) => {
    const told = await api.ask(`${route.method} ${pathOf(route)}`, asking(route))
    expect([200, 404, 400]).toContain(told.status)
    if (told.status === 200) expect(told.data).toEqual([])
    expect(told.text).not.toContain('internal_error')
  })
})

test('the OpenAPI document is valid, and tells of every route and of nothing else', async () => {
  const told = await api.ask('GET /openapi.json', { token: '' })
  expect(told.status).toBe(200)
  const checked = await new Validator().validate(JSON.parse(told.text) as Record<string, unknown>)
  expect(checked).toMatchObject({ valid: true })

  const paths = told.body['paths'] as Record<string, Record<string, unknown>>
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = allRoutes.map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  const plain = ['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /recordings/{name}']
  expect(described.sort()).toEqual([...served, ...plain].sort())
})
