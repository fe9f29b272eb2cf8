import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import { defineConfig } from 'eslint/config'
import globals from 'globals'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const root = new URL('..', import.meta.url).pathname

export default defineConfig(
  { ignores: ['dist/**', 'data/**', 'node_modules/**', '.cache/**', '.tensorflow*/**', 'coverage/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,vue}'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './client/tsconfig.json'],
        tsconfigRootDir: root,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/unbound-method': 'off',
      // An interface has no index signature, which some libraries ask of what they are given.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // The one way to copy on a page that is no secure context, and the one way to a kernel's own tensor.
      '@typescript-eslint/no-deprecated': [
        'error',
        {
          allow: [
            { from: 'lib', name: 'execCommand' },
            { from: 'package', package: '@tensorflow/tfjs-core', name: 'makeTensorFromDataId' },
          ],
        },
      ],
      // Where a library or a database types loosely, the caller names the type at one marked place.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['client/**/*.vue'],
    extends: [vue.configs['flat/recommended']],
    languageOptions: {
      parser: vueParser,
      parserOptions: {
        parser: ts.parser,
        project: ['./client/tsconfig.json'],
        tsconfigRootDir: root,
        extraFileExtensions: ['.vue'],
      },
      globals: globals.browser,
    },
    rules: {
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/multi-word-component-names': 'off',
      'vue/no-mutating-props': 'error',
      'vue/no-v-html': 'error',
    },
  },
  {
    // Outside vue-tsc the type of an imported component is not known, so these would fault what vue-tsc has checked.
    files: ['client/**/*.vue', 'client/app/{main,router}.ts'],
    rules: Object.fromEntries(
      ['assignment', 'call', 'member-access', 'argument', 'return'].map((kind) => [
        `@typescript-eslint/no-unsafe-${kind}`,
        'off',
      ]),
    ),
  },
  { files: ['**/*.{js,cjs}'], languageOptions: { globals: globals.node } },
  prettier,
)
