import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  absolutePath,
  DASHBOARD_FOLDER,
  GENERATE_COMMAND,
  generatedFiles,
} from './generated-files.ts';

const files = await generatedFiles();

it.each(files)('$path is what the code makes (if not, run: make monitoring)', ({ path, text }) => {
  let written = '';
  try {
    written = readFileSync(absolutePath(path), 'utf8');
  } catch {
    // Not there: as stale as can be.
  }
  expect(written === text, `${path} is stale. Run: ${GENERATE_COMMAND}`).toBe(true);
});

it('no dashboard is provisioned that the code does not make', () => {
  const made = files.map(({ path }) => path);
  for (const file of readdirSync(absolutePath(DASHBOARD_FOLDER))) {
    expect(made).toContain(`${DASHBOARD_FOLDER}/${file}`);
  }
});
