import { Type, type TObject } from 'typebox'
import type { Collection } from '../../callflow/index.ts'

const anyDocument = Type.Object({})

/** What the documents of a collection look like. */
export const schemaOfDocuments = (_collection: Collection): TObject => anyDocument
