export { openAudioLibrary, type AudioLibraryOptions, type OpenAudioLibrary } from './open.ts'
export type { MediaDocuments, StoredMedia } from './documents.ts'
