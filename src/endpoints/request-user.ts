import { textOf } from '../base/index.ts'
import { formatNumber } from '../number/index.ts'
import { nested, type Phone } from './phone.ts'

/**
 * The user that an INVITE to a phone asks for, when its `sip.invite_format` says how; undefined for `contact` (what the
 * phone has registered) and `route` (a URI of its own).
 *
 * @param dialled the number that was dialled
 * @source KAZOO kz_endpoint.erl, get_to_user and ecallmgr_util.erl, get_sip_user of invite formats
 */
export function requestUserOf({ device }: Phone, dialled: string, country: string): string | undefined {
  const number = textOf(nested(device, 'sip', 'number')) ?? dialled
  const format = textOf(nested(device, 'sip', 'invite_format'))
  switch (format) {
    case 'username':
      return textOf(nested(device, 'sip', 'username'))
    case 'e164':
    case 'npan':
    case '1npan':
    case 'strip_plus':
      return formatNumber(number, format, country)
    default:
      return undefined
  }
}
