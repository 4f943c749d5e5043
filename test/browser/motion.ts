/**
 * What moves on a page, held still where a test looks: how far a transition of 200 ms is by then depends on how fast the
 * machine is.
 */
import type { Page } from 'puppeteer-core';

/** Brings the page to where it is going: images are drawn, what moves is at its end, and what has no end where it began. */
export const settle = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const images = [...document.images].filter((image) => image.checkVisibility());
    await Promise.all(images.map((image) => image.decode()));
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().endTime === Infinity) animation.cancel();
      else animation.finish();
    }
  });

/** From now on everything that would move on the page stays where it begins, until a test moves it. */
export async function holdMotion(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  await session.send('Animation.enable');
  await session.send('Animation.setPlaybackRate', { playbackRate: 0 });
}

/** Moves everything that is held to this share of its way, which is less than 1; of what has no end, of one round. */
export const moveTo = (page: Page, share: number): Promise<void> =>
  page.evaluate((part) => {
    for (const animation of document.getAnimations()) {
      const { delay = 0, duration } = animation.effect?.getComputedTiming() ?? {};
      animation.currentTime = part * (delay + Number(duration));
    }
  }, share);
