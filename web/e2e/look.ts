/** Looks at a screen in light and dark, wide and narrow: axe finds nothing, and the pictures are kept to be looked at. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './people';

/** Equally high: what a window grows by is drawn too late for the picture. */
export const SIZES = { wide: { width: 1280, height: 840 }, narrow: { width: 390, height: 840 } };
const NARROWEST = { width: 320, height: 640 };

/** What axe says of colours. All else that it knows is the same in light and dark: it is asked once for each size. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Waits until the screen is drawn as it is to be, and nothing moves any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resume) => requestAnimationFrame(resume));
    await frame();
    await frame();
    const passing = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(passing.map((animation) => animation.finished));
    await frame();
  });
}

/** What axe finds, which is nothing. */
async function examine(page: Page, form: string, rules?: string[]): Promise<void> {
  // It is put into a page twice for each question, which takes as long as the question: not where it is already.
  const axeSource = (await page.evaluate(() => 'axe' in window)) ? 'undefined' : undefined;
  // The app has no frames, for which it would open a page of its own each time. What is well is not listed.
  const axe = new AxeBuilder({ page, axeSource })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  expect.soft(found, form).toEqual([]);
}

async function fits(page: Page, form: string): Promise<void> {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect.soft(content, `${form} does not scroll sideways`).toBeLessThanOrEqual(width ?? 0);
}

/** Looks at the screen in all its forms. */
export async function look(page: Page, name: string): Promise<void> {
  const shoot = (form: string) => page.screenshot({ path: `../artifacts/screens/${name}-${form}.png` });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await settle(page);
      await shoot(`${colorScheme}-${size}`);
      await examine(
        page,
        `${name}, ${colorScheme}, ${size}`,
        colorScheme === 'dark' ? OF_COLOURS : undefined,
      );
    }
    await fits(page, `${name}, ${size}`);
  }
  await page.setViewportSize(NARROWEST);
  await shoot('320');
  await fits(page, `${name}, 320 pixels wide`);
  await page.setViewportSize(SIZES.wide);
}
