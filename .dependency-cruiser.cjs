/** The plan of the house: for each room, the rooms it may open a door to. Everything else is a wall. */
const doors = {
  base: [],
  config: ['base'],
  http: ['base'],
  call: ['base'],
  conferences: ['base', 'call'],
  number: ['base'],
  media: ['base'],
  sip: ['base'],
  rtp: ['base'],
  callflow: ['base', 'call'],
  queues: ['base', 'call'],
  twiml: ['base', 'call', 'conferences', 'queues'],
  pivot: ['base', 'http', 'call', 'conferences', 'callflow', 'endpoints', 'queues', 'twiml'],
  trunks: ['base', 'callflow', 'number'],
  endpoints: ['base', 'call', 'callflow', 'number', 'trunks'],
  actions: ['base', 'http', 'call', 'conferences', 'callflow', 'endpoints', 'pivot'],
  switchboard: ['base', 'call', 'callflow', 'number'],
  files: ['base'],
  access: ['base'],
  outbox: ['base', 'http'],
  records: ['base', 'http', 'call', 'outbox'],
  documents: ['base', 'call', 'callflow', 'number', 'switchboard', 'files'],
  webhooks: ['base', 'http', 'call', 'callflow', 'pivot', 'outbox', 'records', 'documents'],
  registrations: ['base', 'callflow', 'documents', 'number', 'sip', 'switchboard', 'trunks'],
  store: ['base', 'call', 'callflow', 'documents', 'outbox', 'records', 'access', 'registrations'], // implements the ports these rooms declare
  recordings: ['base', 'http', 'call', 'files', 'records'],
  prompts: ['base', 'http', 'call', 'media'],
  replay: ['base', 'http', 'call', 'callflow', 'twiml', 'pivot', 'transcript', 'drivers/simulator'],
  api: [
    'base',
    'config',
    'call',
    'callflow',
    'number',
    'pivot',
    'switchboard',
    'queues',
    'conferences',
    'documents',
    'files',
    'recordings',
    'outbox',
    'records',
    'registrations',
    'webhooks',
    'access',
  ],
  'drivers/simulator': ['base', 'call'],
  'drivers/sip': ['base', 'call', 'media', 'rtp', 'sip'],
  transcript: ['base', 'call', 'callflow', 'http', 'switchboard', 'documents', 'drivers/simulator'],
}

const walls = Object.entries(doors).map(([room, open]) => ({
  name: `walls-of-${room}`,
  comment: `src/${room} may only import from: ${open.join(', ') || 'nothing'}. See ARCHITECTURE.md.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [room, ...open].map((other) => `^src/${other}/`) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'through-the-door',
      comment: 'Another room is entered through its index.ts, never through a window.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/(drivers/)?[^/]+/index\\.ts$'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.test\\.ts$'] },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}

// Not a setting of dependency-cruiser, which refuses what it does not know: scripts/rooms.mjs reads it.
Object.defineProperty(module.exports, 'doors', { value: doors })
