import { Failure } from '../base/index.ts'

const most = 512
const form = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/
const dotsOnly = /(^|\/)\.+(\/|$)/

/** @throws FILE_UNAVAILABLE when it is none: nobody but us makes keys */
export function checkKey(key: string): string {
  if (key.length > most || !form.test(key) || dotsOnly.test(key)) {
    throw new Failure('FILE_UNAVAILABLE', { key: key.slice(0, most), problem: 'this is no key' })
  }
  return key
}

export const unavailable = (key: string, problem: string, cause?: unknown): Failure =>
  new Failure('FILE_UNAVAILABLE', { key, problem }, { cause })

/** An id as one part of a key: what keys may not hold is written in hexadecimal. Different ids stay different. */
export const keyPart = (id: string): string =>
  id.replaceAll(/[^A-Za-z0-9.-]/gu, (character) =>
    character === '_' ? '__' : `_${Buffer.from(character).toString('hex')}`,
  )

/** Where the sound of a media document is kept, when it was uploaded. */
export const mediaKey = (accountId: string, mediaId: string): string =>
  `media/${keyPart(accountId)}/${keyPart(mediaId)}`

/** Where a recording is kept. @param owner the account, as {@link keyPart} has it */
export const recordingKey = (owner: string, id: string, format: 'wav' | 'mp3'): string =>
  `recordings/${owner}/${id}.${format}`
