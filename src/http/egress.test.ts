import { expect, test } from 'vitest'
import { isFailure, never, systemClock } from '../base/index.ts'
import { openHttp, readEgress } from './index.ts'

const special = [
  ['127.0.0.1', 'loopback'],
  ['127.8.9.1', 'loopback'],
  ['0.0.0.0', 'this host'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['169.254.169.254', 'link-local, cloud metadata'],
  ['192.0.2.1', 'documentation'],
  ['198.18.0.1', 'benchmarking'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::1', 'loopback'],
  ['::', 'unspecified'],
  ['::10.0.0.1', 'IPv4-compatible'],
  ['::a00:1', 'IPv4-compatible'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::ffff:a00:1', 'IPv4-mapped'],
  ['::ffff:0:10.0.0.1', 'IPv4-translated'],
  ['64:ff9b::a00:1', 'NAT64'],
  ['64:ff9b:1::a00:1', 'NAT64, local'],
  ['2002:a00:1::1', '6to4'],
  ['2001:0:1::1', 'Teredo'],
  ['fd00::1', 'unique local'],
  ['fe80::1', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'documentation'],
  ['4000::1', 'not handed out'],
  ['nonsense', 'no address'],
] as const

test.each(special)('%s is not public: %s', (address) => {
  expect(readEgress('public')(address)).toBe(false)
})

test.each(['8.8.8.8', '::ffff:8.8.8.8', '2606:4700::1111'])('%s is public', (address) => {
  expect(readEgress('public')(address)).toBe(true)
})

test('an allow list allows what is on it', () => {
  const egress = readEgress('10.1.0.0/16, fd00::/8, 192.168.0.7')
  expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.0.7'].every(egress)).toBe(true)
  expect(['10.2.0.1', '8.8.8.8', '192.168.0.8', 'fe80::1', '64:ff9b::a01:203'].some(egress)).toBe(false)
  const both = readEgress('public,10.1.0.0/16')
  expect(both('8.8.8.8') && both('10.1.0.1') && !both('10.2.0.1')).toBe(true)
})

test.each(['privat', '10.0.0.0/99', '', 'public,,'])('%j is no egress rule', (text) => {
  expect(() => readEgress(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error)
})

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://[::1]/',
  'http://[::ffff:7f00:1]/',
  'http://localhost/',
  'http://rebound.example/',
])('%s is not reached from a public server', async (url) => {
  const resolve = async (): Promise<string[]> => ['127.0.0.1', '::1']
  const http = openHttp({ clock: systemClock, egress: readEgress('public'), resolve })
  const limits = { totalMs: 1000, mostBytes: 1000, mostRedirects: 0 }
  const refused = await http({ url, method: 'GET', headers: {}, limits, signal: never }).catch(
    (error: unknown) => error,
  )
  expect(isFailure(refused, 'HTTP_FORBIDDEN_ADDRESS') && refused.fault).toBe('operator')
})
