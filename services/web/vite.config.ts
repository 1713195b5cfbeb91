import { defineConfig } from 'vite';

// Everything the page needs is in the bundle: nothing is loaded from elsewhere, and the page's
// Content-Security-Policy forbids it.
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Inlined files would need data: URLs, which the policy forbids.
    assetsInlineLimit: 0,
    // livekit-client is most of it.
    chunkSizeWarningLimit: 900,
  },
});
