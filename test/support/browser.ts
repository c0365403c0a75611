import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** Everything is slower where others work too. */
const PATIENCE_MS = 60_000;

export interface Browser {
  /** A new person at a new browser window. */
  context(options?: Parameters<Awaited<ReturnType<typeof chromium.launch>>['newContext']>[0]): Promise<BrowserContext>;
  end(): Promise<void>;
}

/** A real Chromium without a screen. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: programOf('chromium'), args: FLAGS });
  return {
    async context(options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE_MS);
      return context;
    },
    end: () => browser.close(),
  };
}

const programOf = (name: string): string => `/usr/bin/${name}`;

export interface Fault {
  rule: string;
  what: string;
  where: string[];
}

/** Says what axe objects to on the page that is open, in the terms of WCAG 2.2 A and AA and of good practice. */
async function openAxe(page: Page): Promise<(rules?: string[]) => Promise<Fault[]>> {
  // In a world of its own: the page's policy lets nothing foreign in.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(AXE);
  const FAULTS = '({ violations }) => JSON.stringify(violations.map(({ id, help, nodes }) => ({ rule: id, what: help, where: nodes.map(({ target }) => target.join(" ")) })))';
  return async (rules) => JSON.parse((await evaluate(`axe.run(${JSON.stringify(rules ? { runOnly: rules } : {})}).then(${FAULTS})`)) as string) as Fault[];
}

export type Look = 'light' | 'dark' | 'narrow';
/** Each with the rules of axe that may fall out otherwise than in the first; none: all of them. */
export const LOOKS: Record<Look, { colorScheme: 'light' | 'dark'; viewport: { width: number; height: number }; rules?: string[] }> = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 }, rules: ['color-contrast', 'link-in-text-block'] },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 }, rules: ['target-size', 'scrollable-region-focusable'] },
};

/** Where pictures are kept, for a person to look at. */
const PICTURES = process.env.GRID_TEST_SCREENSHOTS;

/** Shows a page in each look, and answers what axe objects to and whether anything is cut off to the side. */
export async function lookAt(page: Page, name: string): Promise<Record<Look, { faults: Fault[]; tooWide: number }>> {
  const faultsOf = await openAxe(page);
  const seen = {} as Record<Look, { faults: Fault[]; tooWide: number }>;
  for (const [look, { colorScheme, viewport, rules }] of Object.entries(LOOKS) as [Look, (typeof LOOKS)[Look]][]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    seen[look] = { faults: await faultsOf(rules), tooWide: await page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)') };
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(LOOKS.light.viewport);
  return seen;
}

export const WELL: Record<Look, { faults: Fault[]; tooWide: number }> = { light: { faults: [], tooWide: 0 }, dark: { faults: [], tooWide: 0 }, narrow: { faults: [], tooWide: 0 } };
