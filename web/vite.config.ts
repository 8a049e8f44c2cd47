import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { compress } from './scripts/compress.ts'
import { serviceWorker } from './scripts/service-worker.ts'

/** Shared parts that the cleaner's first page loads anyway: together they are packed better than as twenty files. */
const firstLoad = new RegExp('/node_modules/(@vue|vue|vue-router|idb)/|/src/(' + [
  'api/(client|problem|session|drop-offs|photos|cards|divisions|tariffs)',
  'components/(AppButton|AppHead|Banner|FilterBar|HeadTool|Icon|icons|Mark|Row|Track)',
  'composables/(useCardLookup|useOnline|useOutbox|usePageTitle|usePoint|useRound|useSession|useSettings)',
  'domain/(household|id|period|round)', 'i18n/(index|common)', 'outbox/', 'shell',
].join('|') + ')')

export default defineConfig({
  plugins: [vue(), serviceWorker(), compress()],
  build: {
    // The oldest kernels that still open on the cleaners' phones.
    target: ['chrome64', 'safari12'],
    cssTarget: ['chrome64', 'safari12'],
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'files.json',
    chunkSizeWarningLimit: 900,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: firstLoad }] } } },
  },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
  },
  server: { proxy: { '/api': process.env.HUFEN_URL || 'http://127.0.0.1:8080' } },
  test: { environment: 'happy-dom', include: ['test/**/*.test.ts', 'src/**/*.test.ts'] },
})
