import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import type { Document, Documents } from '../callflow/index.ts'
import { nested, textOf } from './fields.ts'
import type { DocumentStore } from './store.ts'
import type { FindUpload } from './uploads.ts'

/** The sound of a media document: where it is, or what to say. */
export type MediaPlace =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType?: string }
  | { readonly kind: 'file'; readonly path: string; readonly contentType?: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'text'; readonly text: string; readonly voice?: string; readonly language?: string }

/** Where the sound of media documents is. What cannot be found is undefined. */
export interface MediaPlaces {
  media(accountId: string, id: string): Promise<MediaPlace | undefined>
  prompt(accountId: string, promptId: string, language: string): Promise<MediaPlace | undefined>
}

const soundFile = /\.(wav|mp3|aiff?|au)$/i

/**
 * The media of `documents`. A document has the sound that was uploaded for it, or names its `file` by a path relative to `folder`, or has a `url`, or a text to
 * speak (`media_source: tts`). A sound file of the folder can also be named without a document, by its path. Nothing
 * outside the folder is ever found.
 */
export function mediaPlaces(
  documents: Documents,
  folder: string | undefined,
  uploadOf: FindUpload = async () => undefined,
): MediaPlaces {
  const placeOf = async (accountId: string, document: Document): Promise<MediaPlace | undefined> => {
    const upload = isUploaded(document) ? await uploadOf(accountId, document) : undefined
    if (upload !== undefined) return upload
    const file = textOf(document['file'])
    const url = textOf(document['url'])
    const path = file === undefined ? undefined : await pathWithin(folder, file)
    if (path !== undefined) return { kind: 'file', path, ...contentTypeOf(document) }
    return url === undefined ? spokenOf(document) : { kind: 'url', url }
  }
  return {
    async media(accountId, id) {
      const document = await documents.get(accountId, 'media', id)
      if (document !== undefined) return placeOf(accountId, document)
      const message = await documents.get(accountId, 'messages', id)
      if (message !== undefined) return placeOf(accountId, message)
      const path = soundFile.test(id) ? await pathWithin(folder, id) : undefined
      return path === undefined ? undefined : { kind: 'file', path }
    },
    async prompt(accountId, promptId, language) {
      const isAsked = (media: Document): boolean =>
        media['prompt_id'] === promptId &&
        (textOf(media['language']) ?? 'en-us').toLowerCase() === language.toLowerCase()
      const document = (await documents.list(accountId, 'media')).find(isAsked)
      return document === undefined ? undefined : placeOf(accountId, document)
    },
  }
}

/** The API writes the length into the document once the sound is there. */
const isUploaded = (document: Document): boolean =>
  document['media_source'] === 'upload' && document['content_length'] !== undefined

function contentTypeOf(document: Document): { readonly contentType?: string } {
  const contentType = textOf(document['content_type'])
  return contentType === undefined ? {} : { contentType }
}

/** KAZOO writes voice and language together: `female/en-US`. */
function spokenOf(document: Document): MediaPlace | undefined {
  const text = textOf(nested(document, 'tts', 'text'))
  if (text === undefined) return undefined
  const [voice, spoken] = (textOf(nested(document, 'tts', 'voice')) ?? '').split('/')
  const language = textOf(spoken) ?? textOf(document['language'])
  return {
    kind: 'text',
    text,
    ...(voice === undefined || voice === '' ? {} : { voice }),
    ...(language === undefined ? {} : { language }),
  }
}

/** The real path of a file below `folder`, or undefined when there is none there. Links that lead out are not followed. */
export async function pathWithin(folder: string | undefined, path: string): Promise<string | undefined> {
  if (folder === undefined || path.includes('\0') || isAbsolute(path)) return undefined
  try {
    const root = await realpath(folder)
    const real = await realpath(join(root, path))
    const below = relative(root, real)
    const isBelow = below !== '' && !below.startsWith('..') && !isAbsolute(below)
    return isBelow && (await stat(real)).isFile() ? real : undefined
  } catch {
    return undefined // It does not exist, or may not be read.
  }
}

/** The web addresses that media documents, and messages that nobody has deleted, of all accounts name. */
export async function mediaAddresses(store: DocumentStore): Promise<readonly string[]> {
  const addresses: string[] = []
  for (const { id } of await store.accounts()) {
    const kept = [...(await store.list(id, 'media')), ...(await store.list(id, 'messages'))]
    for (const { document } of kept) {
      const url = textOf(document['url'])
      if (url !== undefined && document['folder'] !== 'deleted') addresses.push(url)
    }
  }
  return addresses
}
