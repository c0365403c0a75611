import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NODE_BUILT_IN = '^node:';
const PACKAGE = '^(?![.]|node:)';

/** A relative import that reaches into one of these folders of the project. */
const into = (...folders) => `^([.]{2}/)+(${folders.join('|')})(/|$)`;

/** `never` may not be imported at all; of `typesOnly` only the types may. */
const imports = (message, { never = [], typesOnly = [] }) => ({
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      patterns: [
        ...never.map((regex) => ({ regex, message })),
        ...typesOnly.map((regex) => ({ regex, message, allowTypeImports: true })),
      ],
    },
  ],
});

const CONFIG = '^([.]{2}/)+config$';

/** The directions of imports between the folders (docs: DESIGN §3): each folder and what it may not see. */
const houses = [
  {
    files: ['model/**/*.ts'],
    rules: imports('model/ is pure: nothing but model/ itself', {
      never: [NODE_BUILT_IN, PACKAGE, CONFIG, into('process', 'workflows', 'activities', 'workers', 'api', 'cli', 'test', 'bench')],
    }),
  },
  {
    files: ['process/**/*.ts'],
    rules: imports('process/ is what every process of the grid does: model/ only', { never: [into('workflows', 'activities', 'workers', 'api', 'cli', 'test', 'bench')] }),
  },
  {
    files: ['workflows/**/*.ts'],
    rules: imports('workflows/ is deterministic: @temporalio/*, model/ and types of activities/ only', {
      never: [NODE_BUILT_IN, '^(?![.]|node:|@temporalio/(workflow|common|activity)$)', CONFIG, into('process', 'workers', 'api', 'cli', 'test', 'bench')],
      typesOnly: [into('activities'), '^@temporalio/activity$'],
    }),
  },
  {
    files: ['activities/**/*.ts'],
    rules: imports('activities/ sees model/, and of workflows/ the types', {
      never: [into('workers', 'api', 'cli', 'test', 'bench')],
      typesOnly: [into('workflows')],
    }),
  },
  {
    files: ['workers/**/*.ts'],
    rules: imports('workers/ sees workflows/, activities/ and model/', { never: [into('api', 'cli', 'test', 'bench')] }),
  },
  {
    files: ['api/**/*.{ts,tsx}'],
    rules: imports('api/ sees model/, and of workflows/ the types', {
      never: [into('activities', 'workers', 'cli', 'test', 'bench')],
      typesOnly: [into('workflows')],
    }),
  },
  {
    files: ['cli/**/*.ts'],
    rules: imports('cli/ sees model/, and of workflows/ and api/ the types', {
      never: [into('activities', 'workers', 'test', 'bench')],
      typesOnly: [into('workflows', 'api')],
    }),
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'coverage/', '.tmp/', 'test/histories/', 'catalog/', 'cli/openapi.ts']),
  { rules: { 'max-lines': ['error', { max: 400 }] } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
    },
  },
  // Answers of the API, and calls to the emulator, are read as they come.
  { files: ['test/**/*.ts', 'tools/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  ...houses,
);
