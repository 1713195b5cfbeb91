import { decodeG711, encodeG711, PCMA, PCMU } from '@patchbay/common/g711';
import { describe, expect, test } from 'vitest';
import { resample } from '../audio/resample.ts';
import { runEngine } from './engine-process.ts';
import { speak } from './espeak.ts';
import { defineGrammar, normalizeSentence } from './grammar.ts';
import { CALLER_SENTENCES, callerGrammar, replyGrammar } from './grammars.ts';
import { HINDI_CALLER_SENTENCES, hindiCallerGrammar, hindiReplyGrammar } from './hindi-grammars.ts';
import { heardAmountMinor } from './heard-amount.ts';
import { recognize } from './pocketsphinx.ts';
import { Recognition } from './recognition.ts';

const RATE_HZ = 16_000;

/** What a telephone makes of a voice. */
function byTelephone(samples: Int16Array, law: typeof PCMA | typeof PCMU): Int16Array {
  const coded = encodeG711(law, resample(samples, RATE_HZ, 8_000));
  return resample(decodeG711(law, coded), 8_000, RATE_HZ);
}

describe('recognising what espeak-ng says', () => {
  test.each(CALLER_SENTENCES)(
    'a caller who says "%s" is heard, by phone as well',
    async (sentence) => {
      const speech = await speak(sentence, { sampleRateHz: RATE_HZ });
      expect(await recognize(speech, callerGrammar)).toBe(sentence);
      expect(await recognize(byTelephone(speech, PCMU), callerGrammar)).toBe(sentence);
    },
  );

  test.each([
    'Welcome to the bank. How can I help you?',
    'This is the support desk. How can I help you?',
    'Your account balance is two thousand four hundred fifty dollars.',
    'Your account balance is six hundred twelve thousand three hundred forty six dollars and ninety one cents.',
    'Your account balance is zero dollars.',
    'Please say yes or no. Do you want me to block the card ending in four two four two?',
    'The card ending in four two four two is blocked.',
    'Please key in or say the last four digits of your card.',
    'Thank you, you are verified.',
    'Good day, this is your bank. Please call us back. Goodbye.',
    'All services are running.',
    'I am sorry, I did not understand that. You can ask for your balance, or your recent transactions, or to block your card.',
    "Sorry, I can't help you right now. Please call again later. Goodbye.",
    'I am sorry, I can not do that right now. Please try again later.',
    'Thank you for calling. Goodbye.',
  ])('an agent who says "%s" is heard by phone', async (reply) => {
    const speech = byTelephone(await speak(reply, { sampleRateHz: RATE_HZ }), PCMA);
    expect(await recognize(speech, replyGrammar)).toBe(normalizeSentence(reply));
  });

  test.each(HINDI_CALLER_SENTENCES)('a caller who says "%s" is heard', async (sentence) => {
    const speech = await speak(sentence, { sampleRateHz: RATE_HZ, voice: 'hi' });
    expect(await recognize(speech, hindiCallerGrammar)).toBe(sentence);
  });

  test.each(['what is my account balance', 'i lost my card', 'yes please', 'goodbye'])(
    'a caller of a Hindi agent who says "%s" is heard too',
    async (sentence) => {
      const speech = await speak(sentence, { sampleRateHz: RATE_HZ });
      expect(await recognize(speech, hindiCallerGrammar)).toBe(sentence);
    },
  );

  // Not every number is told from every other: it is an English ear.
  test.each([
    'बैंक में आपका स्वागत है। मैं आपकी क्या मदद कर सकती हूँ?',
    'आपके खाते में दो हज़ार चार सौ पचास डॉलर हैं।',
    'आपके खाते में बीस डॉलर और पचास सेंट हैं।',
    'क्या मैं नौ शून्य सात एक पर खत्म होने वाला कार्ड ब्लॉक कर दूँ?',
    'ठीक है, दो तीन पांच सात पर खत्म होने वाला कार्ड ब्लॉक नहीं किया गया है।',
    'फ़ोन करने के लिए धन्यवाद। नमस्ते।',
  ])('an agent who says "%s" is heard', async (reply) => {
    const speech = await speak(reply, { sampleRateHz: RATE_HZ, voice: 'hi' });
    expect(await recognize(speech, hindiReplyGrammar)).toBe(normalizeSentence(reply));
  });

  // The grammar knows half a filler: else the next words are bent to finish it.
  test.each([200, 300, 400, 500, 700])(
    'an amount is heard right behind a filler that was broken off after %i ms',
    async (fillerMs) => {
      const amount = 'Your account balance is two thousand four hundred fifty dollars.';
      const filler = await speak('One moment, please.', { sampleRateHz: RATE_HZ });
      const answer = await speak(amount, { sampleRateHz: RATE_HZ });
      const broken = filler.subarray(0, (fillerMs * RATE_HZ) / 1_000);
      const pause = new Int16Array(0.2 * RATE_HZ);
      const all = byTelephone(Int16Array.of(...broken, ...pause, ...answer), PCMU);
      expect(heardAmountMinor(await recognize(all, replyGrammar))).toBe(245_000);
    },
  );

  test('long silence around the speech changes nothing', async () => {
    const speech = await speak('block my card', { sampleRateHz: RATE_HZ });
    const padded = new Int16Array(speech.length + 8 * RATE_HZ);
    padded.set(speech, 4 * RATE_HZ);
    expect(await recognize(padded, callerGrammar)).toBe('block my card');
  });

  test('silence is nothing', async () => {
    expect(await recognize(new Int16Array(RATE_HZ), callerGrammar)).toBe('');
  });

  test('a recognition that nobody wants any more is over at once', async () => {
    const recognition = new Recognition(callerGrammar, 100);
    recognition.push(await speak('yes', { sampleRateHz: RATE_HZ }));
    recognition.cancel();
    await expect(recognition.finish()).rejects.toThrow('cancelled');
  });

  test('a grammar with a word nobody can pronounce says which', async () => {
    const grammar = defineGrammar('odd', 'public <sentence> = xyzzy;');
    await expect(recognize(await speak('yes', { sampleRateHz: RATE_HZ }), grammar)).rejects.toThrow(
      'no pronunciation is known for: xyzzy',
    );
  });
});

describe('speaking', () => {
  test('the sound has the rate that was asked for and is made once', async () => {
    const at16k = await speak('Good morning.', { sampleRateHz: 16_000 });
    const at24k = await speak('Good morning.', { sampleRateHz: 24_000 });
    expect(at24k.length / at16k.length).toBeCloseTo(1.5, 2);
    expect(await speak('Good morning.', { sampleRateHz: 16_000 })).toBe(at16k);
  });

  test('text without words is no sound', async () => {
    expect(await speak(' … ', { sampleRateHz: 16_000 })).toHaveLength(0);
  });

  test('a text that looks like an option is spoken', async () => {
    expect((await speak('--version', { sampleRateHz: 8_000 })).length).toBeGreaterThan(1_000);
  });

  test('a voice that does not exist is an error that says so', async () => {
    const speaking = speak('yes', { sampleRateHz: 8_000, voice: 'klingon-x' });
    await expect(speaking).rejects.toThrow(/espeak-ng ended with 1: .*voice/i);
  });

  test('too much text is refused', async () => {
    await expect(speak('a'.repeat(4_001), { sampleRateHz: 8_000 })).rejects.toThrow(
      'text has 4001 characters, at most 4000',
    );
  });
});

describe('running an engine', () => {
  test('a missing program names the package to install', async () => {
    const run = runEngine({ binary: 'no-such-engine', debianPackage: 'engine', args: [] });
    await expect(run).rejects.toThrow(
      'no-such-engine was not found: install the Debian package engine',
    );
  });

  test('a program that takes too long is ended', async () => {
    const run = runEngine({
      binary: 'sleep',
      debianPackage: 'coreutils',
      args: ['60'],
      timeoutMs: 50,
    });
    await expect(run).rejects.toThrow('sleep was ended after 50 ms');
  });

  test('what a failing program complained about is told', async () => {
    const args = ['-c', 'echo out of paper >&2; exit 3'];
    const run = runEngine({ binary: 'sh', debianPackage: 'dash', args });
    await expect(run).rejects.toThrow('sh ended with 3: out of paper');
  });
});
