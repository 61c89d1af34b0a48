import type { Failure, FailureCode } from '../base/index.ts'

/** @source Twilio, error and warning dictionary */
const codes: { readonly [C in FailureCode]?: number } = {
  HTTP_BODY_TOO_LARGE: 11_750,
  HTTP_CONNECT: 11_205,
  HTTP_DNS: 11_210,
  HTTP_FORBIDDEN_ADDRESS: 11_210,
  HTTP_PROTOCOL: 11_206,
  HTTP_REDIRECTS: 11_215,
  HTTP_RESET: 11_206,
  HTTP_STATUS: 11_200,
  HTTP_TIMEOUT: 11_205,
  HTTP_TLS: 11_220,
  HTTP_URL_INVALID: 11_100,
  PIVOT_BODY_EMPTY: 11_770,
  PIVOT_CHARSET: 12_100,
  PIVOT_CONTENT_TYPE: 12_300,
  TWIML_TOO_LARGE: 11_750,
}

/** Twilio's number for what went wrong: what handlers written for Twilio look for in `ErrorCode`. */
export const twilioCodeOf = (failure: Failure): number =>
  'twilioCode' in failure.details ? failure.details.twilioCode : (codes[failure.code] ?? 11_200)
