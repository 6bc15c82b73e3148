import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const noPluginImports = (message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: ['**/plugins/**'], message }] }]
})

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
  {
    files: ['routes/**/*.ts'],
    rules: noPluginImports(
      'A route talks to a plugin through its decorator on the instance; shared types live in schemas/ and src/.'
    )
  },
  {
    files: ['src/simulator/**/*.ts'],
    rules: noPluginImports(
      'The simulator plays the miners, so it must not share code with the backend that reads them.'
    )
  },
  {
    files: ['plugins/*/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./(\\.\\./)*(?!src/|schemas/|\\.\\./)[a-z]',
              message: 'One plugin does not import another: call its decorator, or move the shared piece to src/.'
            }
          ]
        }
      ]
    }
  }
)
