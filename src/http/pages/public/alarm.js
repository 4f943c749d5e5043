/**
 * A call that is noticed: sound, vibration and the title of the tab, until it is answered. A browser keeps a page silent
 * until somebody has touched it, so the button says whether a call would be heard, not whether that is wanted.
 */
import { remember, remembered } from './link.js';
import { say } from './parts.js';

/** Two short shakes and a long one (ms on, off, on …). */
const shakes = [400, 150, 400, 150, 900];
/** Between two rings (ms): often in the first minute, then so that a phone left on a table is no nuisance. */
const often = 3_000;
const later = 15_000;
const oftenFor = 60_000;
const titleEvery = 1_000;
/** A rising pair, twice: when each tone begins (s), and its frequency (Hz). */
const tones = new Map([
  [0, 880],
  [0.18, 1_175],
  [0.55, 880],
  [0.73, 1_175],
]);
const toneLasts = 0.16;
const loudness = 0.4;

/** What this browser remembers of whether a call is to sound; it is unless somebody said no. */
const wish = 'sound';

/**
 * @typedef {object} Alarm
 * @property {(call: string, titles: readonly [string, string]) => void} ring until it is stopped; the same call goes on,
 *   with these titles in turn
 * @property {() => void} stop gives the title back to the page
 * @property {() => void} chime once, for what is worth a look
 * @property {() => void} show writes the button anew, in another language
 */

/**
 * @param {object} options
 * @param {HTMLButtonElement} options.button turns the sound on and off; hidden where there can be none
 * @param {() => { soundOn: string, soundOff: string }} options.words
 * @returns {Alarm}
 */
export function createAlarm({ button, words }) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  /** @type {AudioContext | null} */
  let audio = null;
  /** @type {string | null} */
  let ringing = null;
  /** Somebody is there: the page still says what is so, and nothing makes a noise. */
  let noticed = false;
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let nextRing;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let titleTurn;
  /** @type {readonly [string, string]} */
  let titles = ['', ''];

  const isWanted = () => remembered(wish) !== false;
  const isHeard = () => isWanted() && audio?.state === 'running';

  function show() {
    button.hidden = !('AudioContext' in globalThis);
    say(button, isHeard() ? words().soundOff : words().soundOn);
    button.dataset['on'] = String(isHeard());
  }

  /** Only within a touch, which is when a browser lets a page have sound. */
  async function unlock() {
    if (!('AudioContext' in globalThis)) return;
    if (audio === null) {
      audio = new AudioContext();
      audio.addEventListener('statechange', show);
    }
    await audio.resume();
    show();
  }

  function sound() {
    if (!audio || !isHeard()) return;
    for (const [at, frequency] of tones) {
      const begins = audio.currentTime + at;
      const ends = begins + toneLasts;
      const tone = new OscillatorNode(audio, { frequency, type: 'triangle' });
      const volume = new GainNode(audio, { gain: 0 });
      // Swelling and fading: a tone that is cut off clicks.
      volume.gain.setValueAtTime(0, begins);
      volume.gain.linearRampToValueAtTime(loudness, begins + 0.02);
      volume.gain.linearRampToValueAtTime(0, ends);
      tone.connect(volume).connect(audio.destination);
      tone.start(begins);
      tone.stop(ends);
    }
  }

  /** @param {number | number[]} pattern */
  function vibrate(pattern) {
    // Before the first touch a browser refuses it, and says so in its console.
    if ('vibrate' in navigator && navigator.userActivation?.hasBeenActive !== false)
      navigator.vibrate(pattern);
  }

  function ringOnce() {
    if (noticed) return;
    sound();
    vibrate(shakes);
    nextRing = setTimeout(ringOnce, Date.now() - since < oftenFor ? often : later);
  }

  function turnTitle() {
    const [call, other] = titles;
    document.title = calm.matches || document.title !== call ? call : other;
  }

  /** @type {Alarm['ring']} */
  function ring(call, newTitles) {
    titles = newTitles;
    if (ringing === call) return;
    stop();
    ringing = call;
    noticed = false;
    since = Date.now();
    ringOnce();
    turnTitle();
    titleTurn = setInterval(turnTitle, titleEvery);
  }

  function stop() {
    if (ringing === null) return;
    ringing = null;
    hush();
    clearInterval(titleTurn);
  }

  function hush() {
    clearTimeout(nextRing);
    vibrate(0);
  }

  /** @param {Event} event */
  function onTouch({ target }) {
    if (ringing !== null) {
      noticed = true;
      hush();
    }
    // The button does so by itself: it would find the sound on already, and turn it off.
    if (target instanceof Node && button.contains(target)) return;
    if (isWanted()) void unlock();
  }

  addEventListener('pointerup', onTouch);
  addEventListener('keydown', onTouch);
  button.addEventListener('click', () => {
    if (isHeard()) {
      remember(wish, false);
      show();
    } else {
      remember(wish, true);
      void unlock().then(sound);
    }
  });
  // A page that was opened by a tap on another of ours may have sound at once.
  if (isWanted() && navigator.userActivation?.hasBeenActive) void unlock();
  show();

  return {
    ring,
    stop,
    chime: () => {
      sound();
      vibrate(200);
    },
    show,
  };
}
