/** How many voice messages wait for somebody (RFC 3842). */
export interface MessageSummary {
  readonly newMessages: number
  readonly savedMessages: number
  /** Whom to call to hear them. */
  readonly accountUri?: string
}

export const messageSummaryEvent = 'message-summary'
export const messageSummaryType = 'application/simple-message-summary'

/** As a phone reads it (RFC 3842 section 5.2). */
export function messageSummaryText({ newMessages, savedMessages, accountUri }: MessageSummary): string {
  const account = accountUri === undefined ? '' : `Message-Account: ${accountUri}\r\n`
  const waiting = newMessages > 0 ? 'yes' : 'no'
  return `Messages-Waiting: ${waiting}\r\n${account}Voice-Message: ${newMessages}/${savedMessages} (0/0)\r\n`
}
