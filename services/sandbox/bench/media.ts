import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { speak } from '../speech/espeak.ts';
import { COST_CASES, costOf } from './media/cost.ts';
import { distanceDb } from './media/distance.ts';
import { runInNamespace } from './media/bad-network.ts';
import { PROFILES, fates } from './media/profiles.ts';
import { printRated } from './media/rating.ts';
import { simulate } from './media/simulated.ts';

/**
 * The bridge's audio on bad networks: MOS before and after its jitter buffer and concealment, on a
 * network made of numbers and in real time through a network namespace; and what the path costs.
 */

const SECONDS = 60;
const SENTENCES =
  'Good morning, this is the bank. Your balance is two thousand four hundred and seven rupees. ' +
  'The last payment was made on Tuesday, to the electricity board. Is there anything else I can do? ';

const { values: flags } = parseArgs({ options: { json: { type: 'string' } } });

const sentence = await speak(SENTENCES, { sampleRateHz: 8_000 });
const speech = new Int16Array(SECONDS * 8_000);
for (let at = 0; at < speech.length; at += sentence.length) {
  speech.set(sentence.subarray(0, speech.length - at), at);
}

const simulated = PROFILES.map((profile) => {
  const { heard, ...rated } = simulate(profile, speech);
  return { rated, profile, heard };
});
printRated(
  `A network made of numbers, ${SECONDS} s of speech`,
  simulated.map(({ rated }) => rated),
);

const spectral = simulated
  .filter(({ profile }) => profile.loss > 0 && profile.delayMs === 0)
  .map(({ profile, heard }) => {
    const silent = speech.slice();
    fates(profile, speech.length / 160).forEach((fate, n) => {
      if (fate === undefined) silent.fill(0, n * 160, (n + 1) * 160);
    });
    return {
      profile: profile.name,
      silenceDb: distanceDb(speech, silent),
      concealedDb: distanceDb(speech, heard),
    };
  });
console.log('\nDistance from what was said (log-spectral, of the 32 ms pieces that loss touched)');
for (const { profile, silenceDb, concealedDb } of spectral) {
  console.log(
    `${profile.padEnd(27)} silence ${silenceDb.toFixed(1)} dB, concealed ${concealedDb.toFixed(1)} dB`,
  );
}

const namespace = await runInNamespace(speech, PROFILES);
if (typeof namespace === 'string') console.log(`\nA network namespace: left out, ${namespace}`);
else {
  const how = namespace.madeBy === 'netem' ? 'netem' : 'the phone, since the kernel has no netem';
  printRated(`In a network namespace, real time; faults made by ${how}`, namespace.rows);
}

console.log('\nProcessor time of the RTP path both ways, 50 calls, without sockets and room');
const cost = COST_CASES.map((made) => ({ name: made.name, cpuMs: costOf(made, speech) }));
for (const { name, cpuMs } of cost) {
  console.log(`${name.padEnd(33)} ${cpuMs.toFixed(1)} ms per call-minute`);
}

if (flags.json !== undefined) {
  const figures = { simulated: simulated.map(({ rated }) => rated), spectral, namespace, cost };
  await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
}
