// SPDX-License-Identifier: Apache-2.0
// Dialogs. The browser's <dialog> keeps the focus inside, closes by Escape and gives the focus back; this adds a title, a way
// out, and a form that is sent once at a time and says what was refused.
import { button, element, newId, replace } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';

/** Opens a dialog. Gives { dialog, body, close }; whenClosed runs however it is closed. */
export function openDialog(title, { more = '', kind = '', whenClosed = () => {} } = {}) {
  const titleId = newId('title');
  const body = element('div', { class: 'dialog-body' });
  const dialog = element('dialog', { class: `dialog ${kind}`.trim(), 'aria-labelledby': titleId },
    element('header', { class: 'dialog-head' },
      element('h2', { id: titleId, dir: 'auto' }, title),
      button(say('close'), { icon: 'close', isBare: true, on: { click: () => dialog.close() } })),
    more && element('p', { class: 'dialog-more' }, more),
    body);
  const returnTo = document.activeElement;
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (returnTo?.isConnected) returnTo.focus();
    whenClosed();
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, body, close: () => dialog.close() };
}

/**
 * A form in a dialog. submit() does it and gives the sentence of what is missing, or nothing; a Refusal that it throws is said.
 * The dialog closes when it is done.
 */
export function openForm(title, { more, kind, fields, submitWords, busyWords, isDanger, submit, whenDone = () => {} }) {
  const opened = openDialog(title, { more, kind });
  const complaint = element('p', { class: 'complaint', role: 'alert' });
  const submitButton = button(submitWords, { class: isDanger ? 'danger' : 'primary', type: 'submit' });
  const form = element('form', { class: 'form', novalidate: true },
    fields,
    complaint,
    element('div', { class: 'dialog-foot' },
      button(say('cancel'), { on: { click: () => opened.close() } }),
      submitButton));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submitButton.disabled) return;
    await whileBusy(submitButton, busyWords || submitWords, async () => {
      const missing = await attempt(submit);
      replace(complaint, missing.words);
      if (missing.words) return;
      opened.close();
      whenDone(missing.result);
    });
  });
  opened.body.append(form);
  form.querySelector('[autofocus]')?.focus();
  return { ...opened, form };
}

async function attempt(submit) {
  try {
    const result = await submit();
    return typeof result === 'string' ? { words: result } : { words: '', result };
  } catch (refusal) {
    return { words: sayRefusal(refusal) };
  }
}

/** A button that can't be pressed while its work is being done, and says so. */
export async function whileBusy(pressed, words, work) {
  const label = pressed.querySelector('span');
  const before = label?.textContent;
  pressed.disabled = true;
  if (label) label.textContent = words;
  try {
    await work();
  } finally {
    pressed.disabled = false;
    if (label) label.textContent = before;
  }
}

/** A field with its label above it. */
export function labelled(words, field, hint = '') {
  const id = newId('field');
  field.id = id;
  const hintId = hint && newId('hint');
  if (hint) field.setAttribute('aria-describedby', hintId);
  return element('div', { class: 'field' },
    element('label', { for: id }, words),
    field,
    hint && element('p', { class: 'hint', id: hintId }, hint));
}
