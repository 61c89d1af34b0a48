import { normalizeNumber } from './normalize.ts'

/** How a number is written in the Request-URI: KAZOO's `invite_format`. */
export type NumberFormat = 'route' | 'username' | 'e164' | 'npan' | '1npan' | 'strip_plus'

const northAmerican = /^\+?1?([2-9]\d{2}[2-9]\d{6})$/

/** @source KAZOO ecallmgr_util.erl, get_sip_user of invite formats */
export function formatNumber(number: string, format: NumberFormat, country: string): string {
  switch (format) {
    case 'e164':
      return normalizeNumber(number, country)
    case 'npan':
      return northAmerican.exec(number)?.[1] ?? number
    case '1npan':
      return number.replace(northAmerican, '1$1')
    case 'strip_plus':
      return number.replace(/^\+/, '')
    case 'route':
    case 'username':
      return number
  }
}
