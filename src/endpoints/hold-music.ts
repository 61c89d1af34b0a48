import { textOf } from '../base/index.ts'
import { mediaSource, type Call, type MediaSource } from '../call/index.ts'
import type { Documents } from '../callflow/index.ts'
import { nested } from './phone.ts'

/**
 * What a call hears while it waits: the music of its owner, else of its account, else the house's.
 *
 * @source KAZOO kz_media_util / kapps_call_command hold: `music_on_hold.media_id`
 */
export async function holdMusic(call: Call, documents: Documents): Promise<MediaSource> {
  const accountId = call.account.id
  const { language } = call.variables
  const [ownerId] = call.caller.ownerIds
  const [owner, account] = await Promise.all([
    ownerId === undefined ? undefined : documents.get(accountId, 'users', ownerId),
    documents.get(accountId, 'accounts', accountId),
  ])
  const reference = [owner, account]
    .map((document) => textOf(nested(document, 'music_on_hold', 'media_id')))
    .find((id) => id !== undefined)
  const house: MediaSource = { kind: 'prompt', accountId, name: 'music-on-hold', language }
  return mediaSource(reference, { accountId, language }) ?? house
}
