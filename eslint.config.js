import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Forbids imports by their specifier. Each ban is a regular expression and a message that says what to do instead. */
const borders = (files, ...bans) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: bans.map(([regex, message]) => ({ regex, message })) }]
  }
})

const ROUTE = 'A route talks to a plugin through its decorator on the instance; shared types live in schemas/ and src/.'
const PLUGIN = 'One plugin does not import another: call its decorator, or move the shared piece to src/.'
const SHARED = 'What plugins share must not know any plugin: only app.ts composes them.'
const BACKUP_FILE = 'src/backup-file is the format of a backup: commands and plugins use it, it uses neither.'
const SIMULATOR = 'The simulator plays the miners, so it must not share code with the backend that reads them.'
const AXEOS = 'Within axeos, imports point down: commands, settings and streams → reading → wire.'

/** Bans for a file that is `depth` folders below the folder of its plugin. */
const otherPlugin = (depth) => [
  [`^${'\\.\\./'.repeat(depth + 1)}(?!\\.\\./)`, PLUGIN],
  [`^${'\\.\\./'.repeat(depth + 2)}(?!src/|schemas/|package\\.json)`, PLUGIN]
]
const axeosRoom = (room, ...above) =>
  borders([`plugins/axeos/${room}/*.ts`], ...otherPlugin(1), [`^\\.\\./(${above.join('|')})/`, AXEOS])

export default tseslint.config(
  { ignores: ['dist/', 'data/', '.tap/', 'node_modules/', 'tap-snapshots/', 'clients/typescript/src/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals: type stripping cannot run enums.' },
        {
          selector: 'TSAsExpression > TSAsExpression',
          message: 'Narrow the type with a guard instead of a double cast.'
        }
      ]
    }
  },
  borders(['routes/**/*.ts'], ['/plugins/', ROUTE]),
  {
    ...borders(['src/*.ts', 'src/{http,errors,dashboards}/*.ts'], ['/plugins/', SHARED]),
    ignores: ['src/app.ts']
  },
  borders(['src/backup-file/*.ts'], ['/(plugins|routes|schemas|cli)/', BACKUP_FILE]),
  borders(['src/simulator/*.ts'], ['^\\.\\./(?!cli/|errors/)', SIMULATOR]),
  borders(['src/simulator/*/*.ts'], ['^\\.\\./\\.\\./', SIMULATOR]),
  borders(['plugins/*.ts'], ['^\\./', PLUGIN], ['^\\.\\./(?!src/|schemas/|package\\.json)', PLUGIN]),
  borders(['plugins/*/*.ts'], ...otherPlugin(0)),
  borders(['plugins/*/*/*.ts'], ...otherPlugin(1)),
  axeosRoom('wire', 'reading', 'settings', 'commands', 'streams'),
  axeosRoom('reading', 'settings', 'commands', 'streams'),
  axeosRoom('settings', 'commands', 'streams'),
  axeosRoom('commands', 'settings', 'streams'),
  axeosRoom('streams', 'settings', 'commands')
)
