import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const onlyApi = [
  { name: 'fetch', message: 'Requests belong in src/api/api.ts.' },
  { name: 'XMLHttpRequest', message: 'Requests belong in src/api/api.ts.' },
  { name: 'WebSocket', message: 'Sockets belong in src/api/stream.ts and src/api/picture-socket.ts.' },
];

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-globals': ['error', ...onlyApi],
      'max-lines': ['error', 400],
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  { files: ['src/api/api.ts', 'src/api/stream.ts', 'src/api/picture-socket.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['**/*.svelte'], languageOptions: { parserOptions: { parser: ts.parser } }, rules: { 'max-lines': ['error', 200] } },
  { files: ['**/*.svelte.ts'], languageOptions: { parser: ts.parser } },
);
