/** Looks at a screen in light and dark, wide and narrow: axe finds nothing, and the pictures are kept to be looked at. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './people';

export const SIZES = { wide: { width: 1280, height: 840 }, narrow: { width: 390, height: 844 } };

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

/** Looks at the screen in all its forms. */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(viewport);
      await settle(page);
      await page.screenshot({ path: `../artifacts/screens/${name}-${colorScheme}-${size}.png` });
      // The app has no frames, for which it would open a page of its own each time.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
      expect.soft(found, `${name}, ${colorScheme}, ${size}`).toEqual([]);
    }
  }
  await page.setViewportSize(SIZES.narrow);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `${name} does not scroll sideways`).toBeLessThanOrEqual(SIZES.narrow.width);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.screenshot({ path: `../artifacts/screens/${name}-320.png` });
  const narrowest = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(narrowest, `${name} fits 320 pixels`).toBeLessThanOrEqual(320);
  await page.setViewportSize(SIZES.wide);
}
