import { describe, expect, it } from 'vitest';
import { chooseProviders } from './provider-choice.ts';

const all = { DEEPGRAM_API_KEY: 'd', OPENAI_API_KEY: 'o', CARTESIA_API_KEY: 'c' };

describe('choosing providers for a local run', () => {
  it('uses the offline stand-ins when no key is set', () => {
    expect(chooseProviders({}, false)).toMatchObject({ mode: 'sandbox' });
  });

  it('uses the real providers when all keys are set, with the base URLs that are set', () => {
    expect(chooseProviders({ ...all, OPENAI_BASE_URL: 'https://proxy.example/v1' }, false)).toEqual(
      {
        mode: 'real',
        keys: all,
        baseUrls: { OPENAI_BASE_URL: 'https://proxy.example/v1' },
      },
    );
  });

  it('passes on the keys of the providers that stand by, if they are set', () => {
    const choice = chooseProviders({ ...all, GROQ_API_KEY: 'g', SARVAM_API_KEY: '' }, false);
    expect(choice).toMatchObject({ keys: { ...all, GROQ_API_KEY: 'g' } });
    expect(choice).not.toHaveProperty('keys.SARVAM_API_KEY');
  });

  it('says which key is missing when only some are set, and stays offline', () => {
    const choice = chooseProviders({ ...all, CARTESIA_API_KEY: ' ' }, false);
    expect(choice).toMatchObject({ mode: 'sandbox' });
    expect(choice.mode === 'sandbox' && choice.note).toContain('CARTESIA_API_KEY is missing');
  });

  it('refuses REAL=1 with every missing key named and no other', () => {
    const choose = () => chooseProviders({ OPENAI_API_KEY: 'o' }, true);
    expect(choose).toThrow(/DEEPGRAM_API_KEY.*\n.*CARTESIA_API_KEY/);
    expect(choose).not.toThrow(/OPENAI_API_KEY/);
  });
});
