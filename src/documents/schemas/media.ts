import { Type } from 'typebox'
import { common, fields, flag, language, name, optional } from './common.ts'

/** @source KAZOO schema media; `file` and `url` are ours */
export const media = Type.Object(
  {
    ...common,
    name: name('What it is called'),
    media_source: optional(
      Type.Enum(['upload', 'recording', 'tts'], { default: 'upload', description: 'Where its sound comes from' }),
    ),
    description: optional(Type.String({ maxLength: 256, description: 'What it is for' })),
    language: optional({ ...language, default: 'en-us' }),
    streamable: optional(flag(true, 'It can be played')),
    content_type: optional(Type.String({ maxLength: 128, description: 'Media type of the sound, like `audio/wav`' })),
    content_length: optional(Type.Integer({ minimum: 1, description: 'Bytes of the sound' })),
    prompt_id: optional(Type.String({ maxLength: 128, description: 'The prompt it takes the place of' })),
    tts: optional(
      fields(
        {
          text: Type.String({ minLength: 1, maxLength: 10_000, description: 'What is said' }),
          voice: Type.String({ maxLength: 64, default: 'female/en-US', description: 'Voice and language' }),
        },
        'What is spoken, when that is its source',
      ),
    ),
    source_id: optional(Type.String({ maxLength: 128, description: 'The document it was recorded for' })),
    source_type: optional(Type.String({ maxLength: 64, description: 'What it was recorded for' })),
    file: optional(
      Type.String({ minLength: 1, maxLength: 1_024, description: 'A file of the folder of documents, by its path' }),
    ),
    url: optional(Type.String({ pattern: '^https?://', maxLength: 4_096, description: 'Where it is fetched from' })),
  },
  { title: 'Media', description: 'Something that can be heard' },
)
