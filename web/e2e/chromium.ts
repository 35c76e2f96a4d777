/** The browser that stories run in: the one on this machine, speaking to nobody but the server under test. */

/** With all that a person's has, except for its window. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const LAUNCH = {
  // Its headless shell, where there is one, is the same without what is around a page, and takes a third less of the processor.
  executablePath: process.env.CHROMIUM_SHELL || CHROMIUM,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export const LOCALE = 'en-GB';
