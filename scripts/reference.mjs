/** The pages of docs/reference, each from the object that the program itself reads. */
import { eventsOf } from './event-types.mjs'

export async function referencePages() {
  return {
    'actions.md': await actionsPage(),
    'verbs.md': await verbsPage(),
    'documents.md': await documentsPage(),
    'failures.md': await failuresPage(),
    'events.md': eventsPage(),
    'config.md': await configPage(),
    'metrics.md': await metricsPage(),
    'http-api.md': await httpApiPage(),
    'cli.md': await cliPage(),
  }
}

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cellOf).join(' | ')} |`).join('\n')

const cellOf = (text) =>
  String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')

const code = (text) => (text === undefined || text === '' ? '' : `\`${text}\``)

const block = (language, text) => `\`\`\`${language}\n${text}\n\`\`\``

/** What a JSON schema lets a value be, in a few words. */
function typeOf(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(', ')
  const range = [
    [schema.minimum, 'from'],
    [schema.maximum, 'to'],
    [schema.minLength, 'at least'],
    [schema.maxLength, 'at most'],
    [schema.minItems, 'at least'],
    [schema.maxItems, 'at most'],
  ]
    .filter(([value]) => value !== undefined)
    .map(([value, word]) => `${word} ${value}`)
  const pattern = schema.pattern === undefined ? [] : [`like ${code(schema.pattern)}`]
  const items = schema.type === 'array' && schema.items !== undefined ? ` of ${typeOf(schema.items)}` : ''
  return [`${schema.type ?? 'anything'}${items}`, ...range, ...pattern].join(', ')
}

function propertyTable(schema, title) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    code(name) + (schema.required?.includes(name) && property.default === undefined ? ' (required)' : ''),
    typeOf(property),
    property.default === undefined ? '' : code(JSON.stringify(property.default)),
    property.description,
  ])
  return rows.length === 0 ? `No ${title}s.` : table([title, 'type', 'default', 'meaning'], rows)
}

async function actionsPage() {
  const { knownActions } = await import('../dist/cli/known-actions.js')
  const actions = [...knownActions().actions].sort((one, other) => one.module.localeCompare(other.module))
  const sections = actions.map((action) => {
    const names = action.aliases === undefined ? '' : ` Also called ${action.aliases.map(code).join(', ')}.`
    const children = Object.entries(action.children).map(([key, when]) => [code(key), when])
    return [
      `## ${action.module}`,
      `${action.summary}${names}`,
      propertyTable(action.data, 'key'),
      ...(children.length === 0 ? [] : [table(['child', 'taken'], children)]),
      block('json', JSON.stringify(action.example, undefined, 2)),
      `Source: ${action.source}.`,
    ].join('\n\n')
  })
  const list = actions.map(({ module }) => `[${module}](#${module})`).join(' · ')
  const intro = `What a callflow, or the JSON answer of a web server, may say. Every node is
\`{"module": …, "data": {…}, "children": {"_": {…}}}\`. Every action takes \`"skip_module": true\` in its data, and goes on
with the child \`_\` when nothing else is said.`
  return [`# Actions`, intro, list, ...sections].join('\n\n')
}

async function documentsPage() {
  const { collections } = await import('../dist/callflow/index.js')
  const { documentSchema } = await import('../dist/documents/index.js')
  const sections = collections
    .filter((collection) => collection !== 'webhooks')
    .map((collection) => {
      const schema = documentSchema(collection)
      const rows = [...documentRows(schema)]
      return [`## ${collection}`, `${schema.description}.`, table(['key', 'type', 'default', 'meaning'], rows)].join(
        '\n\n',
      )
    })
  const list = collections.map((collection) => `[${collection}](#${collection})`).join(' · ')
  const intro = `What accounts have: the same documents in a folder (\`--documents\`), in the API and in the database. Keys that are not
listed are kept as they are. In a folder, \`name\` may be left out.`
  return ['# Documents', intro, list.replace(' · [webhooks](#webhooks)', ''), ...sections].join('\n\n')
}

/** The keys of a document, and those inside them, as `a.b`. */
function* documentRows(schema, path = '') {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const key = `${path}${name}`
    const isRequired = schema.required?.includes(name) && property.default === undefined
    yield [
      code(key) + (isRequired ? ' (required)' : ''),
      property.properties === undefined ? typeOf(property) : 'object',
      property.default === undefined ? '' : code(JSON.stringify(property.default)),
      property.description,
    ]
    if (property.properties !== undefined) yield* documentRows(property, `${key}.`)
    if (property.items?.properties !== undefined) yield* documentRows(property.items, `${key}[].`)
  }
}

async function verbsPage() {
  const { verbs } = await import('../dist/twiml/index.js')
  const sections = [...verbs.values()]
    .sort((one, other) => one.name.localeCompare(other.name))
    .map((verb) =>
      [
        `## ${verb.name}`,
        verb.summary,
        propertyTable(verb.attributes, 'attribute'),
        `Between the tags: ${verb.content}.`,
        block('xml', verb.example),
        `Source: ${verb.source}.`,
      ].join('\n\n'),
    )
  const intro = `The TwiML verbs that are carried out. What is wrong with a document but does not make it useless (an unknown
attribute, a value out of range) is stepped over and told as a \`twiml.warned\` event with Twilio's code, line and column;
\`pivot lint\` tells the same without a call.`
  return ['# TwiML verbs', intro, ...sections].join('\n\n')
}

async function failuresPage() {
  const { failures } = await import('../dist/base/index.js')
  const faults = {
    caller: 'nobody has to do anything: the caller went away',
    webhook: 'the web server that was asked',
    document: 'whoever wrote the callflow or document',
    operator: "whoever runs this server, in its configuration or its machine's",
    network: 'the network between',
    us: 'Pivot itself: a defect, please report it',
  }
  const rows = Object.entries(failures).map(([name, { fault, summary }]) => [code(name), fault, summary])
  return [
    '# Failures',
    'Everything that can go wrong by name. Codes are never renamed and never used again for something else.',
    table(
      ['fault', 'who can mend it'],
      Object.entries(faults).map(([name, who]) => [name, who]),
    ),
    table(['code', 'fault', 'meaning'], rows),
  ].join('\n\n')
}

function eventsPage() {
  const events = eventsOf(['src/call/leg.ts', 'src/call/events.ts'])
  const sections = events.map(({ type, comment, fields }) => {
    const rows = fields.map((field) => [
      code(field.name) + (field.isOptional ? ' (optional)' : ''),
      code(field.type),
      field.comment,
    ])
    const parts = [
      `## ${type}`,
      comment,
      rows.length === 0 ? 'No fields of its own.' : table(['field', 'type', ''], rows),
    ]
    return parts.filter((part) => part !== '').join('\n\n')
  })
  const intro = `What can happen on a call. Log lines (\`call.\` and the event's name), metrics, transcripts and debug records are
all made from these. Each also has \`sequence\` (counts from 1 within the call), \`atMs\` (milliseconds since the call
arrived), \`callId\` and \`accountId\`.`
  return ['# Call events', intro, ...sections].join('\n\n')
}

async function configPage() {
  const { describeSettings } = await import('../dist/config/index.js')
  const rows = describeSettings().map(({ name, variable, default: value, text, schema }) => {
    return [code(variable), code(name), typeOf(schema), value === '' ? 'empty' : code(value), text]
  })
  const intro = `Settings come from the environment, and from \`pivot.yaml\` in the working directory or the file that
\`PIVOT_CONFIG\` names. The environment wins; an empty variable counts as unset.`
  return ['# Configuration', intro, table(['variable', 'in pivot.yaml', 'type', 'default', 'meaning'], rows)].join(
    '\n\n',
  )
}

async function metricsPage() {
  const { newMetrics } = await import('../dist/api/index.js')
  const { embeddedFigures } = await import('../dist/figures.js')
  const { transportNames } = await import('../dist/sip/index.js')
  const nested = new Set(['sip', 'transports', ...transportNames])
  const zeros = new Proxy({}, { get: (_, name) => (nested.has(name) ? zeros : 0) })
  const metrics = newMetrics(embeddedFigures(() => zeros))
  const rows = (await metrics.describe()).map(({ name, type, help }) => [code(name), type, help])
  const intro = `\`GET /metrics\` answers in Prometheus' text format. Besides these there are the usual figures of a Node process
(\`process_…\`, \`nodejs_…\`: CPU, memory, event loop lag).`
  return ['# Metrics', intro, table(['name', 'kind', 'meaning'], rows)].join('\n\n')
}

async function httpApiPage() {
  const { allRoutes } = await import('../dist/api/index.js')
  const { tagOf } = await import('../dist/api/openapi.js')
  const tags = [...new Set(allRoutes.map(({ url }) => tagOf(url)))].sort()
  const sections = tags.map((tag) => {
    const rows = allRoutes
      .filter(({ url }) => tagOf(url) === tag)
      .map(({ method, url, summary, scope, source }) => [code(`${method} ${url}`), summary, scope, source])
    return [`## ${tag}`, table(['request', 'does', 'scope', 'source'], rows)].join('\n\n')
  })
  const intro = `The shapes of KAZOO Crossbar v2: answers are \`{"data": …, "status": "success", "request_id": …}\`, what is sent
stands under \`data\`, and an error has its status in \`error\`, and in \`data\` what is wrong by the path of the field. The
token goes into \`X-Auth-Token\` or \`Authorization: Bearer\`. A token of scope \`admin\` may also do what needs \`read\` or
\`calls\`; \`public\` needs none. It reaches its account and those below it. \`GET /openapi.json\` has all schemas.

PUT adds, POST replaces, PATCH merges (null removes), DELETE removes. A document's revision is its ETag: with \`If-Match\` a
change is only made to that revision (else 412), and without it the last one wins. Lists are told in pages of
\`page_size\` (50) from \`start_key\`, which is the \`next_start_key\` of the page before; \`paginate=false\` tells all, at most
10,000. Lists of documents take \`filter_KEY=VALUE\`, \`filter_not_KEY=VALUE\`, \`has_key=KEY\`, \`key_missing=KEY\`,
\`created_from\`, \`created_to\`, \`modified_from\`, \`modified_to\` (Gregorian seconds) and \`fields=KEY,KEY\`.`
  return ['# HTTP API', intro, ...sections].join('\n\n')
}

async function cliPage() {
  const { commands } = await import('../dist/cli/index.js')
  const sections = commands.map(({ name, usage, summary, help }) =>
    [`## ${name}`, summary, block('', `pivot ${usage}${help === '' ? '' : `\n\n${help}`}`)].join('\n\n'),
  )
  return ['# The program', 'In the repository: `npx pivot …`.', ...sections].join('\n\n')
}
