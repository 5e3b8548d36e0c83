// SPDX-License-Identifier: Apache-2.0
// The only place where elements are made. What is shown goes in as text nodes and attributes, never as markup.
import { paths } from '/web/icons.js';

const SVG = 'http://www.w3.org/2000/svg';
const REFUSED = /^(on|style$|src|href$)/;   // no script, no inline style, no outside request; addresses go through link()

/** element('p', { class: 'note', on: { click } }, 'text', child): false, null and undefined are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(made, name, value);
  made.append(...children.flat(Infinity).filter(isShown));
  return made;
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false;
}

function set(made, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === 'on') {
    for (const [type, listener] of Object.entries(value)) made.addEventListener(type, listener);
  } else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'hidden') {
    made[name] = value;
  } else {
    if (REFUSED.test(name)) throw new Error(`dom: ${name} is not set here`);
    made.setAttribute(name, value === true ? '' : String(value));
  }
}

/** A link inside the page ("#/…"), or to http and https outside of it; anything else is an error. */
export function link(address, attributes, ...children) {
  const made = element('a', attributes, ...children);
  const isOutside = /^https?:\/\//i.test(address);
  if (!isOutside && !address.startsWith('#')) throw new Error('dom: not an address to link to');
  made.setAttribute('href', address);
  if (isOutside) {
    made.setAttribute('rel', 'noreferrer noopener');
    made.setAttribute('target', '_blank');
  }
  return made;
}

/** A drawing from icons.js. It says nothing to a screen reader: the words stand beside it. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'path');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('class', 'icon');
  drawing.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', paths[name]);
  drawing.append(line);
  return drawing;
}

/** A button: its words are its label; with { isBare: true } only its icon is seen. */
export function button(words, { icon: name, isBare, class: kind = '', ...attributes }, ...children) {
  return element('button', {
    type: 'button',
    class: `button ${isBare ? 'bare' : ''} ${kind}`.trim(),
    'aria-label': isBare ? words : null,
    title: isBare ? words : null,
    ...attributes,
  }, name && icon(name), !isBare && element('span', {}, words), ...children);
}

/** Seen by nobody, read out by a screen reader. */
export function unseen(words) {
  return element('span', { class: 'unseen' }, words);
}

export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(isShown));
}

let nextId = 0;
/** An id for aria-labelledby and label-for. */
export function newId(stem) {
  nextId += 1;
  return `${stem}-${nextId}`;
}

const ANNOUNCED_MS = 8000;
/** Reads a sentence out, politely: it stands in a log that nobody sees, for a while. */
export function announce(sentence) {
  const line = element('p', {}, sentence);
  document.getElementById('announcer').append(line);
  setTimeout(() => line.remove(), ANNOUNCED_MS);
}

/**
 * Makes the children of parent those that rows tell, in their order: a row is { key, version, build }. An element of the same
 * key and version stays as it is, so that selection and scrolling survive; the focus stays with its row's key.
 */
export function reconcile(parent, rows) {
  const known = new Map();
  const focused = document.activeElement;
  const focusedKey = parent.contains(focused) ? [...parent.children].find((child) => child.contains(focused))?.rowKey : undefined;
  for (const child of parent.children) known.set(child.rowKey, child);
  let place = parent.firstElementChild;
  for (const row of rows) {
    let child = known.get(row.key);
    known.delete(row.key);
    if (!child || child.rowVersion !== row.version) {
      const fresh = row.build();
      fresh.rowKey = row.key;
      fresh.rowVersion = row.version;
      if (child) {
        if (child === place) place = fresh;
        child.replaceWith(fresh);
      }
      child = fresh;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of known.values()) child.remove();
  if (focusedKey !== undefined && !parent.contains(document.activeElement)) {
    const row = [...parent.children].find((child) => child.rowKey === focusedKey);
    row?.querySelector('a, button')?.focus({ preventScroll: true });
  }
}
