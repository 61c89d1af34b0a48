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
