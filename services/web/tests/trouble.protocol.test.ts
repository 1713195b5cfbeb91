import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  agentEnds,
  button,
  microphoneFails,
  PageCaller,
  phase,
  problem,
  start,
} from './page-caller.ts';
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

describe('when something is in the way, the page says what and what to do', () => {
  it.each([
    ['NotAllowedError', 'The microphone is blocked'],
    ['NotFoundError', 'No microphone was found'],
    ['NotReadableError', 'The microphone is in use'],
  ])('microphone: %s', async (error, title) => {
    const page = await caller.openPage({ initScript: microphoneFails(error) });
    await start(page);
    expect(await problem(page)).toBe(title);
    expect(await page.locator('#problem-text').innerText()).not.toBe('');
    await button(page, 'Try again').waitFor();
  });

  it('microphone really refused by the browser', async () => {
    const page = await caller.openPage({ context: { permissions: [] } });
    await start(page);
    expect(await problem(page)).toBe('The microphone is blocked');
  });

  it('a page that did not come over https', async () => {
    const page = await caller.openPage({
      initScript: `Object.defineProperty(navigator, 'mediaDevices', { value: undefined });`,
    });
    await start(page);
    expect(await problem(page)).toBe('This page can’t use a microphone here');
  });

  it('the agent does not come', async () => {
    const page = await caller.openPage();
    await start(page);
    await phase(page, 'joining');
    expect(await page.locator('#state').innerText()).toBe('Calling the agent…');
    // Somebody apologises first.
    await phase(page, 'live');
    expect(await problem(page)).toBe('The agent did not pick up');
  });

  it('the agent has a technical problem', async () => {
    const { page, agent } = await caller.callWithAgent();
    await agentEnds(page, agent, 'provider-failure');
    expect(await problem(page)).toBe('The agent had a technical problem');
  });

  it('every agent is in a call, with the time to wait', async () => {
    const page = await caller.openPage();
    stack.setCapacity(10, 10);
    await expect
      .poll(async () => {
        const list: unknown = await page.evaluate(() => fetch('/api/agents').then((r) => r.json()));
        return list;
      })
      .toMatchObject({ available: false });
    await start(page);
    expect(await problem(page)).toBe('All agents are in a call');
    expect(await page.locator('#again').innerText()).toMatch(/^Try again \(\d+ s\)$/);
    await button(page, 'Choose another agent').click();
    await page.getByText('All agents are in a call just now').waitFor();
    stack.setCapacity(0, 10);
    await page.getByText('All agents are in a call just now').waitFor({ state: 'hidden' });
  });

  it('the page has been open for too long', async () => {
    const page = await caller.openPage();
    await page.context().clearCookies();
    await start(page);
    expect(await problem(page)).toBe('This page has been open for too long');
    await button(page, 'Load the page again').click();
    await phase(page, 'choosing');
  });

  it('the API is away, and LiveKit is', async () => {
    const page = await caller.openPage();
    await page.route('**/api/getToken*', (route) => route.abort());
    await start(page);
    expect(await problem(page)).toBe('The server does not answer');
    await page.unroute('**/api/getToken*');
    await page.route('**/api/getToken*', (route) =>
      route.fulfill({ json: { server_url: 'ws://127.0.0.1:9', participant_token: 'x' } }),
    );
    await button(page, 'Try again').click();
    await page.getByText('The call could not be connected').waitFor({ timeout: 45_000 });
  });

  it('the API is away from the beginning: the page keeps trying', async () => {
    const page = await caller.newPage();
    await page.route('**/api/agents', (route) => route.abort());
    await page.goto(stack.url);
    await page.getByText('The server does not answer').waitFor();
    expect(await button(page, 'Start the call').isDisabled()).toBe(true);
    await page.unroute('**/api/agents');
    await page.locator('input[value=bank]').waitFor();
    expect(await page.getByText('The server does not answer').isVisible()).toBe(false);
  });

  it('the browser holds the sound back until a click', async () => {
    const { page } = await caller.callWithAgent({
      initScript: `
        const play = HTMLMediaElement.prototype.play;
        let clicked = false;
        addEventListener('click', (e) => { clicked ||= e.target.id === 'sound'; }, true);
        HTMLMediaElement.prototype.play = function () {
          return clicked ? play.call(this)
            : Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
        };`,
    });
    await page.getByText('Your browser holds the sound back').waitFor();
    await button(page, 'Turn the sound on').click();
    await page.getByText('Your browser holds the sound back').waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');
  });
});
