import type { BrowserContext, Page } from 'playwright-core';
import { loudSpan } from '../audio/level.ts';
import { Resampler } from '../audio/resample.ts';
import { Hearing, type Utterance, type WaitOptions } from '../telephone/hearing.ts';
import { nowMs } from '../telephone/now.ts';
import { PhoneError } from '../telephone/phone-error.ts';
import { TimeLine } from '../telephone/time-line.ts';
import { launchChromium } from './chromium.ts';
import { pageAudio } from './page-audio.ts';

const SAMPLE_RATE_HZ = 8_000;
/** A browser on a busy machine leaves gaps in its sound; a shorter pause is not the end of a sentence. */
const HANGOVER_MS = 1_000;
const SILENCE_CHECK_MS = 100;
/** Sound reaches us at most this much later than it was heard in the page. */
const DELIVERY_MS = 500;

/**
 * A caller at the web door: a real Chromium on the real page, whose microphone says what it is given
 * and whose ear hears what WebRTC brings. Speaks and listens like the telephone's calls do.
 */
export class BrowserCaller {
  readonly page: Page;
  readonly #closeBrowser: () => Promise<void>;
  readonly #sent = new TimeLine();
  readonly #heard: TimeLine;
  readonly #hearing: Hearing;
  readonly #openedMs: number;
  readonly #silenceWatch: NodeJS.Timeout;

  private constructor(
    page: Page,
    ear: { heard: TimeLine; hearing: Hearing },
    openedMs: number,
    close: () => Promise<void>,
  ) {
    this.page = page;
    this.#heard = ear.heard;
    this.#hearing = ear.hearing;
    this.#openedMs = openedMs;
    // When the track has ended nothing comes any more, not even silence.
    this.#silenceWatch = setInterval(() => {
      ear.hearing.advance(nowMs() - openedMs - DELIVERY_MS);
    }, SILENCE_CHECK_MS);
    this.#closeBrowser = close;
  }

  /** Open the page at `url`. @throws Error when Chromium or the page can't be had */
  static async open(url: string): Promise<BrowserCaller> {
    const browser = await launchChromium();
    try {
      const openedMs = nowMs();
      const { page, ear } = await preparePage(browser.context, openedMs);
      await page.goto(url);
      return new BrowserCaller(page, ear, openedMs, () => browser.close());
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Choose the agent by its name and start talking. */
  async call(agent: string): Promise<void> {
    await this.page.locator(`input[name="agent"][value="${agent}"]`).check({ force: true });
    await this.page
      .getByRole('button', { name: /talk|start|call/i })
      .first()
      .click();
  }

  /**
   * Say samples at 8 kHz into the microphone; resolves when they have been said.
   * @returns when the first and the last loud sample left, epoch ms
   */
  async play(samples: Int16Array): Promise<{ startedAtMs: number; lastLoudAtMs: number }> {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const endedAtMs = await this.page.evaluate(
      ([data, rateHz]) =>
        (
          globalThis as unknown as {
            patchbaySay(data: string, rateHz: number): Promise<number>;
          }
        ).patchbaySay(data, rateHz),
      [bytes.toString('base64'), SAMPLE_RATE_HZ] as const,
    );
    const lengthMs = (samples.length * 1_000) / SAMPLE_RATE_HZ;
    const startedAtMs = endedAtMs - lengthMs;
    this.#sent.write(position(startedAtMs - this.#openedMs), samples);
    const loud = loudSpan(samples, { sampleRateHz: SAMPLE_RATE_HZ });
    return { startedAtMs, lastLoudAtMs: startedAtMs + (loud?.lastLoudMs ?? lengthMs) };
  }

  nextUtterance(options: WaitOptions = {}): Promise<Utterance> {
    return this.#hearing.nextUtterance(options);
  }

  waitForSpeechStart(options: WaitOptions = {}): Promise<number> {
    return this.#hearing.waitForSpeechStart(options);
  }

  /** Both sides on one time line, 8 kHz. */
  recording(): { sent: Int16Array; heard: Int16Array } {
    const length = Math.max(this.#sent.length, this.#heard.length);
    return { sent: this.#sent.slice(0, length), heard: this.#heard.slice(0, length) };
  }

  /** How long the browser's jitter buffer held the agent's sound until now, on average. */
  heldMs(): Promise<number | undefined> {
    return this.page.evaluate(() =>
      (globalThis as unknown as { patchbayHeldMs(): Promise<number | undefined> }).patchbayHeldMs(),
    );
  }

  /** Press the page's button for hanging up. */
  async hangup(): Promise<void> {
    await this.page.getByRole('button', { name: /hang up|end call/i }).click();
  }

  async close(): Promise<void> {
    clearInterval(this.#silenceWatch);
    this.#hearing.close(new PhoneError('the browser was closed'));
    await this.#closeBrowser();
  }
}

function position(ms: number): number {
  return Math.round((ms * SAMPLE_RATE_HZ) / 1_000);
}

function decodeSamples(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
}

async function preparePage(
  context: BrowserContext,
  openedMs: number,
): Promise<{ page: Page; ear: { heard: TimeLine; hearing: Hearing } }> {
  const heard = new TimeLine();
  const hearing = new Hearing({
    speech: { hangoverMs: HANGOVER_MS },
    slice: (from, to) => heard.slice(from, to),
    onListenerError: (error) => {
      throw error;
    },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  // WebRTC brings tracks that stay silent beside the agent's; the ear follows the one with sound.
  let audible: { trackId: string; next: number; resampler: Resampler } | undefined;
  await page.exposeFunction(
    'patchbayHeard',
    (trackId: string, samplesBase64: string, rateHz: number, atMs: number) => {
      const captured = decodeSamples(samplesBase64);
      if (audible?.trackId !== trackId) {
        if (captured.every((sample) => sample === 0)) return;
        const resampler = new Resampler(rateHz, SAMPLE_RATE_HZ);
        audible = { trackId, next: position(atMs - openedMs), resampler };
      }
      const samples = audible.resampler.push(captured);
      heard.write(audible.next, samples);
      hearing.push({ position: audible.next, samples, arrivedAtMs: atMs, inOrder: true });
      audible.next += samples.length;
    },
  );
  await page.addInitScript(pageAudio);
  return { page, ear: { heard, hearing } };
}
