import vue from 'eslint-plugin-vue';
import typescript from 'typescript-eslint';

/** Typed rules where oxlint cannot see: inside components. */
export default typescript.config({ ignores: ['**/dist/**', '**/*.ts', '**/*.mjs'] }, ...vue.configs['flat/essential'], {
  files: ['**/*.vue'],
  languageOptions: {
    parserOptions: {
      parser: typescript.parser,
      projectService: true,
      extraFileExtensions: ['.vue'],
      tsconfigRootDir: import.meta.dirname,
    },
  },
  plugins: { '@typescript-eslint': typescript.plugin },
  rules: {
    'vue/multi-word-component-names': 'off',
    'vue/no-v-html': 'error',
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-explicit-any': 'error',
  },
});
