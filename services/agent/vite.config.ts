import { cpSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;
const agents = globSync('agents/*.ts', { cwd: here, exclude: (name) => name.endsWith('.test.ts') });

/** Lines of the framework that cost every call, and what stands in their place. */
const BETTER_LINES = [
  {
    // It joins bytes of audio through an array of numbers, a tenth of a call's work.
    file: '@livekit/agents/dist/audio.js',
    line: 'this.#buf = new Int8Array([...this.#buf, ...bytes]);',
    better: `const joined = new Int8Array(this.#buf.length + bytes.length);
    joined.set(this.#buf);
    joined.set(bytes, this.#buf.length);
    this.#buf = joined;`,
  },
  {
    // It collects 100 ms before it sends them, so that the recogniser learns of the end of a sentence
    // 50 ms late; 20 to 250 ms are recommended (https://github.com/orgs/deepgram/discussions/224).
    file: '@livekit/agents-plugin-deepgram/dist/stt.js',
    line: 'const samples100Ms = Math.floor(this.#opts.sampleRate / 10);',
    better: 'const samples100Ms = Math.floor(this.#opts.sampleRate / 50);',
  },
];

/**
 * A process is started for every call, so what it costs to start is paid for every call. From one
 * bundle it takes 0.6 s of processor time and 120 MB; from the framework's 1,800 modules 2 s and
 * 190 MB.
 */
export default defineConfig({
  root: here,
  // What can't be in a bundle: native libraries, and modules that look for files beside themselves.
  ssr: {
    noExternal: true,
    external: [
      '@livekit/av',
      '@livekit/local-inference',
      '@livekit/rtc-ffi-bindings',
      'fluent-ffmpeg',
      'pino',
      'pino-pretty',
    ],
  },
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: true,
    target: 'node22',
    minify: false,
    rolldownOptions: {
      input: {
        main: join(here, 'main.ts'),
        job: join(here, 'job.ts'),
        // The framework starts its job processes with this file, which it looks for beside itself.
        job_proc_lazy_main: join(
          import.meta.resolve('@livekit/agents').replace('file://', ''),
          '../ipc/job_proc_lazy_main.js',
        ),
        ...Object.fromEntries(
          agents.map((file) => [`agents/${basename(file, '.ts')}`, join(here, file)]),
        ),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
  plugins: [
    {
      // The framework's library for pictures: a call has none, and loading it takes 0.15 s.
      name: 'sharp when asked for',
      enforce: 'pre',
      resolveId: (id) => (id === 'sharp' ? '\0sharp' : undefined),
      load: (id) =>
        id === '\0sharp'
          ? `import { createRequire } from 'node:module';
             export default (...args) => createRequire(import.meta.url)('sharp')(...args);`
          : undefined,
    },
    {
      name: 'better lines',
      transform: (code, id) => {
        const found = BETTER_LINES.find(({ file }) => id.endsWith(file));
        if (!found) return undefined;
        const { line, better } = found;
        if (!code.includes(line)) throw new Error(`${id} no longer has: ${line}`);
        return { code: code.replace(line, () => better), map: null };
      },
    },
    {
      name: 'recordings',
      closeBundle: () =>
        cpSync(join(here, '../common/assets'), join(here, 'dist/assets'), { recursive: true }),
    },
  ],
});
