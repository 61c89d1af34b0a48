/** A moment as Twilio writes it in requests (RFC 2822, in UTC). @param ms Unix milliseconds */
export const twilioDate = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000')
