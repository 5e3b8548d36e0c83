// SPDX-License-Identifier: Apache-2.0
// Where a message is written. Enter sends, Shift+Enter breaks the line, and while an input method composes neither does. What was
// written and not sent stays with its chat as long as the tab does.
import { button, element, newId } from '/web/dom.js';
import { say } from '/web/words.js';

const KEY_OF_INPUT_METHOD = 229;

function draftKey(chat_id) {
  return `taskroom.draft.${chat_id}`;
}

function readDraft(chat_id) {
  try {
    return sessionStorage.getItem(draftKey(chat_id)) || '';
  } catch {
    return '';
  }
}

function keepDraft(chat_id, text) {
  try {
    if (text) sessionStorage.setItem(draftKey(chat_id), text);
    else sessionStorage.removeItem(draftKey(chat_id));
  } catch {
    // Without storage a draft ends with its view.
  }
}

/** { root, focus, rename }: whenSent(text) gets what was written. */
export function makeComposer(chat_id, name, whenSent) {
  const hintId = newId('hint');
  const field = element('textarea', {
    class: 'input', rows: '1', placeholder: say('write_here'), enterkeyhint: 'send', dir: 'auto',
    'aria-label': say('write_to', { name }), 'aria-describedby': hintId, value: readDraft(chat_id),
  });
  const sendButton = button(say('send'), { icon: 'send', isBare: true, class: 'primary round', type: 'submit' });
  const form = element('form', { class: 'composer' },
    field, sendButton, element('p', { class: 'hint', id: hintId }, say('send_hint')));

  const changed = () => {
    sendButton.disabled = field.value.trim() === '';
    field.rows = Math.min(field.value.split('\n').length, 8);
    keepDraft(chat_id, field.value);
  };
  const send = () => {
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    changed();
    whenSent(text);
    field.focus();
  };
  field.addEventListener('input', changed);
  field.addEventListener('keydown', (event) => {
    const isComposing = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
    if (event.key !== 'Enter' || event.shiftKey || isComposing) return;
    event.preventDefault();
    send();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  changed();
  return {
    root: form,
    focus: () => field.focus(),
    rename: (fresh) => field.setAttribute('aria-label', say('write_to', { name: fresh })),
  };
}
