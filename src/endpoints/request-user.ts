import { textOf } from '../base/index.ts'
import { normalizeNumber } from '../number/index.ts'
import { nested, type Phone } from './phone.ts'

const northAmerican = /^\+?1?([2-9]\d{2}[2-9]\d{6})$/

/**
 * The user that an INVITE to a phone asks for, when its `sip.invite_format` says how; undefined for `contact` (what the
 * phone has registered) and `route` (a URI of its own).
 *
 * @param dialled the number that was dialled
 * @source KAZOO kz_endpoint.erl, get_to_user and ecallmgr_util.erl, get_sip_user of invite formats
 */
export function requestUserOf({ device }: Phone, dialled: string, country: string): string | undefined {
  const number = textOf(nested(device, 'sip', 'number')) ?? dialled
  switch (textOf(nested(device, 'sip', 'invite_format'))) {
    case 'username':
      return textOf(nested(device, 'sip', 'username'))
    case 'e164':
      return normalizeNumber(number, country)
    case 'npan':
      return northAmerican.exec(number)?.[1] ?? number
    case '1npan':
      return number.replace(northAmerican, '1$1')
    case 'strip_plus':
      return number.replace(/^\+/, '')
    default:
      return undefined
  }
}
