/** An id as a part of a key: what keys may not hold is written in hexadecimal. Different ids stay different. */
const part = (id: string): string =>
  id.replaceAll(/[^A-Za-z0-9.-]/gu, (character) =>
    character === '_' ? '__' : `_${Buffer.from(character).toString('hex')}`,
  )

/** Where the sound of a media document is kept, when it was uploaded. */
export const mediaKey = (accountId: string, mediaId: string): string => `media/${part(accountId)}/${part(mediaId)}`
