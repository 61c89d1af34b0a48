import { expect, test } from 'vitest'
import { FakeInvite } from '../../../test/support/fake-invite.ts'
import { callerOf } from './caller.ts'

test('a call is for whom its Request-URI says', () => {
  const { request, registeredContact } = callerOf(new FakeInvite({ offer: undefined }), () => false)
  expect([request, registeredContact]).toEqual([{ user: '2030', realm: 'house.example' }, undefined])
})

test('a call to a contact that we have registered is for whom To says', () => {
  const uri = { displayName: undefined, user: 'gw17', host: '198.51.100.1', uri: 'sip:gw17@198.51.100.1' }
  const invite = Object.assign(new FakeInvite({ offer: undefined }), { requestUri: uri })
  const { request, registeredContact } = callerOf(invite, (user) => user === 'gw17')
  expect([request, registeredContact]).toEqual([{ user: '2030', realm: '198.51.100.1' }, 'gw17'])
})
