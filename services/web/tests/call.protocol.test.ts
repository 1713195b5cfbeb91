import { once } from 'node:events';
import { RoomEvent } from '@livekit/rtc-node';
import { callRecordSchema } from '@patchbay/common/call-record';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditContrast, auditNames } from './page-audit.ts';
import { agentEnds, button, microphoneFails, PageCaller, phase, start } from './page-caller.ts';
import { startPageStack, type PageStack } from './page-stack.ts';

let stack: PageStack;
let caller: PageCaller;
beforeAll(async () => {
  stack = await startPageStack();
  caller = new PageCaller(stack);
});
afterEach(async () => {
  await caller.close();
  stack.setCapacity(0, 10);
});
afterAll(() => stack.close());

describe('a call through the page', () => {
  it('shows both sides’ words, what the agent is doing, and how fast it was', async () => {
    const { page, agent } = await caller.callWithAgent();
    await agent.setState('speaking');
    await page.getByRole('status').getByText('Speaking').waitFor();
    const endGreeting = await agent.say('a1', 'Welcome to the bank. ');
    const line = (who: string) => page.locator(`.caption.${who}`);
    await line('agent').getByText('Welcome to the bank.').waitFor();
    expect(await line('agent').getAttribute('data-final')).toBe('false');
    await endGreeting();
    await page.locator('.caption.agent[data-final=true]').waitFor();
    await agent.understand('u1', 'what is my', false);
    await line('you').getByText('what is my').waitFor();
    await agent.understand('u1', 'What is my balance?', true);
    await page.locator('.caption.you[data-final=true]').waitFor();
    expect(await line('you').locator('p').allInnerTexts()).toEqual(['What is my balance?']);
    await agent.setState('thinking');
    await page.getByRole('status').getByText('Thinking').waitFor();
    await agent.reportTurn({ llm: 284, agentTotal: 812 });
    await page.getByText('Last answer after 0.81 s').waitFor();
    // Screen readers get final words only, with who said them.
    expect(await page.locator('#spoken p').allInnerTexts()).toEqual([
      'Bank: Welcome to the bank.',
      'You: What is my balance?',
    ]);
  });

  it('shows words as words, whatever they contain', async () => {
    const { page, agent } = await caller.callWithAgent();
    const words = '<img src=x onerror="document.title=1"> & <b>bold</b>';
    await (
      await agent.say('a1', words)
    )();
    await page.locator('.caption.agent[data-final=true]').waitFor();
    expect(await page.locator('.caption.agent p').innerText()).toBe(words);
    expect(await page.title()).toBe('Bank – Patchbay');
  });

  it('works by keyboard alone: Enter starts, M mutes, Escape hangs up', async () => {
    const page = await caller.openPage();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('input[value=support]').isChecked()).toBe(true);
    await page.keyboard.press('Enter');
    const agent = await caller.agentComes();
    expect(agent.roomName).toMatch(/^web-support-/);
    await agent.speak();
    await phase(page, 'live');
    await agent.hearsCaller();
    const muted = once(agent.room as never, RoomEvent.TrackMuted);
    await page.keyboard.press('m');
    await muted;
    await page.getByText('You are muted').waitFor();
    expect(await button(page, 'Unmute').getAttribute('aria-pressed')).toBe('true');
    const unmuted = once(agent.room as never, RoomEvent.TrackUnmuted);
    await page.keyboard.press('M');
    await unmuted;
    const gone = agent.callerGone();
    await page.keyboard.press('Escape');
    await phase(page, 'ended');
    await gone;
    expect(await page.locator('#state').innerText()).toMatch(/^You hung up/);
    // The next Tab-free step is at hand.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Call again');
  });

  it('says when the agent ended the call, and the API writes the record', async () => {
    const { page, agent } = await caller.callWithAgent();
    await agentEnds(page, agent, 'agent-hangup');
    await phase(page, 'ended');
    expect(await page.locator('#state').innerText()).toMatch(/^The agent ended the call/);
    await expect
      .poll(() =>
        stack.apiLines.find(
          (line) => line.includes('call-record') && line.includes(agent.roomName),
        ),
      )
      .toBeDefined();
    const line = stack.apiLines.find(
      (l) => l.includes('call-record') && l.includes(agent.roomName),
    );
    const record = callRecordSchema.parse(JSON.parse(line!));
    expect(record).toMatchObject({ door: 'web', agent: 'bank', result: 'agent-hangup' });
  });

  it('can be followed by another one', async () => {
    const { page, agent } = await caller.callWithAgent();
    await (
      await agent.say('a1', 'First call.')
    )();
    await page.getByText('First call.').first().waitFor();
    await button(page, 'Hang up').click();
    await button(page, 'Call again').click();
    await (await caller.agentComes()).speak();
    await phase(page, 'live');
    expect(await page.locator('.caption').count()).toBe(0);
    await page.keyboard.press('Escape');
    await button(page, 'Choose another agent').click();
    await phase(page, 'choosing');
    expect(await page.locator('input[value=bank]').isChecked()).toBe(true);
  });

  it('chooses the agent the address names', async () => {
    const page = await caller.openPage({ path: '/?agent=support' });
    expect(await page.locator('input[value=support]').isChecked()).toBe(true);
  });
});

describe('the page itself', () => {
  it('loads nothing from elsewhere and breaks no rule of its own policy', async () => {
    const foreign: string[] = [];
    const violations: string[] = [];
    const page = await caller.newPage();
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== stack.url) foreign.push(request.url());
    });
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) violations.push(message.text());
    });
    await page.goto(stack.url);
    await start(page);
    await phase(page, 'joining');
    await page.keyboard.press('Escape');
    await stack.nextRoom();
    expect(violations).toEqual([]);
    expect(foreign.filter((url) => !url.startsWith(stack.livekit.httpUrl))).toEqual([]);
  });

  it.each([
    ['choosing', 'light'],
    ['live', 'light'],
    ['live', 'dark'],
    ['failed', 'dark'],
  ] as const)('can be read and reached by everyone while %s, in %s', async (when, colorScheme) => {
    let page: Page;
    if (when === 'live') {
      const called = await caller.callWithAgent({ context: { colorScheme } });
      ({ page } = called);
      await (
        await called.agent.say('a1', 'Welcome to the bank.')
      )();
      await called.agent.understand('u1', 'hello there', false);
      await called.agent.reportTurn({ agentTotal: 812 });
      await page.getByText('Last answer').waitFor();
      await page.getByText('hello there').waitFor();
    } else {
      page = await caller.openPage({
        context: { colorScheme },
        initScript: microphoneFails('NotFoundError'),
      });
      if (when === 'failed') await start(page);
      await phase(page, when);
    }
    expect(await auditNames(page)).toEqual([]);
    expect(await auditContrast(page)).toEqual([]);
  });

  it('fits a small telephone without scrolling sideways', async () => {
    const { page, agent } = await caller.callWithAgent({
      context: { viewport: { width: 320, height: 568 } },
    });
    await (
      await agent.say('a1', 'Averyveryverylongwordthatnobodywouldeversayonthetelephone.')
    )();
    await page.locator('.caption.agent[data-final=true]').waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(320);
    const box = await button(page, 'Hang up').boundingBox();
    expect(box!.y + box!.height).toBeLessThanOrEqual(568);
  });
});
