import type { BrowserContextOptions, Page } from 'playwright-core';
import type { PageStack } from './page-stack.ts';
import { ScriptedAgent } from './scripted-agent.ts';

export interface PageOptions {
  /** Looks, sizes and permissions. */
  context?: BrowserContextOptions;
  /** Runs in the page before its own scripts. */
  initScript?: string;
  path?: string;
}

/** Opens pages and agents for a test, and closes them after it. */
export class PageCaller {
  readonly #stack: PageStack;
  readonly #open: { close(): Promise<void> }[] = [];

  constructor(stack: PageStack) {
    this.#stack = stack;
  }

  /** A page that may use the microphone, with nothing loaded yet. */
  async newPage(options: PageOptions = {}): Promise<Page> {
    const permissions = ['microphone'];
    const context = await this.#stack.browser.newContext({ permissions, ...options.context });
    this.#open.push(context);
    const page = await context.newPage();
    if (options.initScript) await page.addInitScript(options.initScript);
    return page;
  }

  /** The page with the agents to choose from. */
  async openPage(options: PageOptions = {}): Promise<Page> {
    const page = await this.newPage(options);
    await page.goto(this.#stack.url + (options.path ?? '/'));
    await page.locator('input[name=agent]').first().waitFor();
    return page;
  }

  /** An agent in the newest room, not yet speaking. */
  async agentComes(): Promise<ScriptedAgent> {
    const agent = await ScriptedAgent.join(this.#stack.livekit, await this.#stack.nextRoom());
    this.#open.push(agent);
    return agent;
  }

  async callWithAgent(options: PageOptions = {}): Promise<{ page: Page; agent: ScriptedAgent }> {
    const page = await this.openPage(options);
    await start(page);
    const agent = await this.agentComes();
    await agent.speak();
    await phase(page, 'live');
    return { page, agent };
  }

  async close(): Promise<void> {
    for (const thing of this.#open.splice(0).reverse()) await thing.close();
  }
}

/** The agent says why, says goodbye, is heard to the end, and hangs up. */
export async function agentEnds(
  page: Page,
  agent: ScriptedAgent,
  cause: 'agent-hangup' | 'provider-failure',
): Promise<void> {
  await agent.announceEnd(cause);
  await (
    await agent.say('goodbye', 'Goodbye.')
  )();
  await page.locator('.caption[data-final=true]').getByText('Goodbye.').waitFor();
  await agent.closeRoom();
}

export const phase = (page: Page, name: string) =>
  page.locator(`body[data-phase="${name}"]`).waitFor({ timeout: 30_000 });

export const button = (page: Page, name: string) => page.getByRole('button', { name });

export const start = (page: Page) => button(page, 'Start the call').click();

/** The title of what went wrong, once something has. */
export async function problem(page: Page): Promise<string> {
  await phase(page, 'failed');
  return page.getByRole('alert').getByRole('heading').innerText();
}

export const microphoneFails = (error: string) =>
  `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '${error}'));`;
