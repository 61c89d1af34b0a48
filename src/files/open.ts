import { Failure } from '../base/index.ts'
import type { FileStore } from './files.ts'
import { localFiles } from './local.ts'
import { s3Files, type S3Options } from './s3.ts'

/**
 * The store that the setting `storage` names: empty for files of `directory`, or
 * `s3://bucket/prefix?endpoint=https://…&region=…&path_style=true`.
 *
 * @throws CONFIG_INVALID
 */
export function openFiles(storage: string, directory: string): FileStore {
  return storage === '' ? localFiles(directory) : s3Files(readS3Url(storage))
}

function readS3Url(storage: string): S3Options {
  const problem = (text: string): Failure => new Failure('CONFIG_INVALID', { at: 'storage', problem: text })
  const url = URL.canParse(storage) ? new URL(storage) : undefined
  if (url?.protocol !== 's3:' || url.hostname === '') throw problem('must be empty or s3://bucket/prefix')
  const settings = Object.fromEntries(url.searchParams)
  const { endpoint, region, path_style: style, ...others } = settings
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw problem(`${unknown} is no setting of S3: there are endpoint, region, path_style`)
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) throw problem('the endpoint must be an http(s) URL')
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '')
  return {
    bucket: url.hostname,
    ...(prefix === '' ? {} : { prefix }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(style === undefined ? {} : { forcePathStyle: style === 'true' }),
  }
}
