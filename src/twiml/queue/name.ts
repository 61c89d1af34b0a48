/** Twilio's. */
export const longestQueueName = 64

export const isQueueName = (text: string): boolean => text !== '' && text.length <= longestQueueName
