/** The sound of a media document: where it is, or what to say. */
export type StoredMedia =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType?: string }
  | { readonly kind: 'file'; readonly path: string; readonly contentType?: string }
  | { readonly kind: 'url'; readonly url: string }
  /** `media_source: tts`. Voice and language as in a {@link Speech}; `female` and the default language when absent. */
  | { readonly kind: 'text'; readonly text: string; readonly voice?: string; readonly language?: string }

/** The media documents of accounts. What cannot be found is undefined, never an error. */
export interface MediaDocuments {
  media(accountId: string, id: string): Promise<StoredMedia | undefined>
  /** The account's own version of a prompt: the media document with this `prompt_id` and `language`. */
  prompt(accountId: string, promptId: string, language: string): Promise<StoredMedia | undefined>
}
