// SPDX-License-Identifier: Apache-2.0
// How a talk scrolls: it stays at its end while one reads there, stays where it is when one reads above, and asks for older rows
// near its beginning.

const NEAR_END_PX = 80;
const NEAR_BEGINNING_PX = 300;

/** { isAtEnd, keep, toEnd, toShow, check, close }: what is handed over is called while scrolling. */
export function makeScroller(box, { whenMoved, whenAtEnd, whenNearBeginning }) {
  let atEnd = true;

  function measure() {
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
  }

  function check() {
    measure();
    whenMoved();
    if (atEnd) whenAtEnd();
    if (box.scrollTop < NEAR_BEGINNING_PX) whenNearBeginning();
  }

  box.addEventListener('scroll', check, { passive: true });
  const watcher = new ResizeObserver(() => { if (atEnd) toEnd(); });
  watcher.observe(box);

  function toEnd() {
    atEnd = true;
    box.scrollTop = box.scrollHeight;
  }

  return {
    isAtEnd: () => atEnd,
    toEnd,
    check,
    /** Runs change and then stands where it stood, seen from the rows below, or at the end if it was there. */
    keep: (change) => {
      const wasAtEnd = atEnd;
      const anchor = wasAtEnd ? null : firstSeen(box);
      const before = anchor?.getBoundingClientRect().top;
      change();
      if (wasAtEnd) toEnd();
      else if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - before;
    },
    toShow: (row) => {
      box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - 48;
      measure();
    },
    close: () => watcher.disconnect(),
  };
}

function firstSeen(box) {
  const { top } = box.getBoundingClientRect();
  const rows = box.querySelectorAll('li.message, li.notice');
  return [...rows].find((row) => row.getBoundingClientRect().bottom > top);
}
