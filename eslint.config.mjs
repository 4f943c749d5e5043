import js from '@eslint/js';
import globals from 'globals';
import imports, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which folder may import which: data flows schemas → domain → topology/processors → http. */
const edge = (target, from, message, except) => ({ target, from, message, ...(except && { except }) });

/** Clients of servers, each known to one folder alone. */
const behindPorts = (...names) => [
  'error',
  {
    paths: names.map((name) => ({ name, message: 'only behind its port' })),
  },
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.data', 'src/schemas/generated', '**/target'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': imports },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs'] })],
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [
            edge('./src/domain', './src', 'the rules import nothing from outside', ['./domain']),
            edge(
              './src/schemas',
              ['./src/topology', './src/processors', './src/http'],
              'schemas know no engine',
            ),
            edge(
              './src/topology',
              ['./src/processors', './src/http', './src/domain'],
              'the engine knows no queue',
            ),
            edge('./src/processors', './src/http', 'processors know no ingress'),
          ],
        },
      ],
      'no-restricted-imports': behindPorts('kafkajs', '@platformatic/kafka', 'ioredis', 'pg'),
    },
  },
  { files: ['src/topology/kafka/**'], rules: { 'no-restricted-imports': behindPorts('ioredis', 'pg') } },
  {
    files: ['src/topology/redis/**'],
    rules: { 'no-restricted-imports': behindPorts('kafkajs', '@platformatic/kafka', 'pg') },
  },
  {
    files: ['src/history/**', 'demo/**'],
    rules: { 'no-restricted-imports': behindPorts('kafkajs', '@platformatic/kafka', 'ioredis') },
  },
  { files: ['test/**', 'infra/**', 'bench/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/domain/**'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'Date',
        'process',
        'setTimeout',
        'setInterval',
        'crypto',
        'performance',
      ],
      'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]', message: 'the rules are pure' }] }],
    },
  },
  {
    // Of the forty records, a decoder of commands or events means its own and refuses the rest.
    files: ['src/schemas/**'],
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  { files: ['src/http/pages/public/*.js'], languageOptions: { globals: globals.browser } },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
);
